-- A hold ends by itself: those that were there before, 60 days after their last change.
ALTER TABLE actions ADD COLUMN held_until timestamptz;
UPDATE actions SET held_until = updated_at + interval '60 days' WHERE held;
CREATE INDEX actions_to_release ON actions (held_until, id) WHERE held;
