DROP INDEX actions_to_release;
ALTER TABLE actions DROP COLUMN held_until;
