-- A change may wait as a draft that its own side alone sees, and may answer another one.
ALTER TABLE partnership_changes DROP CONSTRAINT partnership_changes_status_check;
ALTER TABLE partnership_changes ADD CONSTRAINT partnership_changes_status_check
    CHECK (status IN ('draft', 'proposed', 'accepted', 'declined', 'withdrawn', 'cancelled'));
ALTER TABLE partnership_changes ADD COLUMN counters_change_id uuid;
ALTER TABLE partnership_changes ADD COLUMN countered_by_change_id uuid;
-- Beside its open change each side has one draft.
CREATE UNIQUE INDEX partnership_changes_draft
    ON partnership_changes (partnership_id, proposed_by_company_id) WHERE status = 'draft';
