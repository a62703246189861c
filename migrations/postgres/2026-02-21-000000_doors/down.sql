-- The program before this does not know who submitted a batch for whom, and would work off what is left
-- of one as its own: such batches end here. What was applied stays, and nothing of them is deleted.
DELETE FROM jobs WHERE kind = 'reversal' AND subject IN
    (SELECT id FROM reversals WHERE submitted_by_company_id IS NOT NULL
        AND status IN ('received', 'processing', 'needs_confirmation'));
DELETE FROM reversal_targets WHERE reversal_id IN
    (SELECT id FROM reversals WHERE submitted_by_company_id IS NOT NULL
        AND status IN ('received', 'processing', 'needs_confirmation'));
UPDATE reversals
SET status = 'cancelled', completed_at = coalesce(started_at, received_at), version = version + 1
WHERE submitted_by_company_id IS NOT NULL
    AND status IN ('received', 'processing', 'needs_confirmation');
-- The brand sees every batch as one of its own from here on, and the submitter none.
DROP INDEX reversals_submitted_by;
ALTER TABLE reversals DROP COLUMN submitted_by_company_id;
-- What a company said that is let manage the status is the company's own word from here on: its owner
-- takes it back.
ALTER TABLE company_status_changes DROP COLUMN grantee_company_id;
