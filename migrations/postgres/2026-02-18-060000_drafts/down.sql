-- The program before this knows no drafts. What nobody but its own side has seen is deleted with them.
DELETE FROM partnership_changes WHERE status = 'draft';
DROP INDEX partnership_changes_draft;
ALTER TABLE partnership_changes DROP COLUMN countered_by_change_id;
ALTER TABLE partnership_changes DROP COLUMN counters_change_id;
ALTER TABLE partnership_changes DROP CONSTRAINT partnership_changes_status_check;
ALTER TABLE partnership_changes ADD CONSTRAINT partnership_changes_status_check
    CHECK (status IN ('proposed', 'accepted', 'declined', 'withdrawn', 'cancelled'));
