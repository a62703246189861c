-- What waits was never begun: it begins anew, and nothing guards it.
DROP INDEX reversals_unfinished;
ALTER TABLE reversals DROP COLUMN confirmed_by_user_id;
ALTER TABLE reversals DROP COLUMN confirmed_at;
ALTER TABLE reversals DROP COLUMN confirm_by;
ALTER TABLE reversals DROP COLUMN over_guards;
UPDATE jobs SET run_at = created_at WHERE kind = 'reversal' AND subject IN (
    SELECT id FROM reversals WHERE status = 'needs_confirmation'
);
UPDATE reversals SET status = 'processing', code = NULL, detail = NULL
    WHERE status = 'needs_confirmation';
ALTER TABLE reversals DROP CONSTRAINT reversals_status_check;
ALTER TABLE reversals ADD CONSTRAINT reversals_status_check
    CHECK (status IN ('received', 'processing', 'completed', 'rejected', 'cancelled'));
CREATE INDEX reversals_unfinished ON reversals (company_id, received_at)
    WHERE status IN ('received', 'processing');
ALTER TABLE programs DROP COLUMN guard_payout_percent;
ALTER TABLE programs DROP COLUMN guard_lines;
