-- A hold ends by itself: those that were there before, 60 days after their last change.
ALTER TABLE actions ADD COLUMN held_until INTEGER;
UPDATE actions SET held_until = updated_at + 5184000000000 WHERE held;
CREATE INDEX actions_to_release ON actions (held_until, id) WHERE held;
