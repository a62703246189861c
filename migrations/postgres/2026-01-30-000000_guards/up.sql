-- A batch beyond the guard of a program waits until somebody of the brand confirms it.
ALTER TABLE programs ADD COLUMN guard_lines integer;
ALTER TABLE programs ADD COLUMN guard_payout_percent integer;
DROP INDEX reversals_unfinished;
ALTER TABLE reversals DROP CONSTRAINT reversals_status_check;
ALTER TABLE reversals ADD CONSTRAINT reversals_status_check
    CHECK (status IN ('received', 'processing', 'needs_confirmation', 'completed', 'rejected',
                      'cancelled'));
ALTER TABLE reversals ADD COLUMN over_guards json;
ALTER TABLE reversals ADD COLUMN confirm_by timestamptz;
ALTER TABLE reversals ADD COLUMN confirmed_at timestamptz;
ALTER TABLE reversals ADD COLUMN confirmed_by_user_id uuid;
CREATE INDEX reversals_unfinished ON reversals (company_id, received_at)
    WHERE status IN ('received', 'processing', 'needs_confirmation');
-- What a second person has answered by now is what came of the inquiry.
UPDATE inquiries SET applied = 'adjusted' WHERE applied = 'proposed' AND EXISTS (
    SELECT 1 FROM adjustment_proposals AS asked
    WHERE asked.id = inquiries.adjustment_id AND asked.status = 'made'
);
UPDATE inquiries SET applied = 'nothing' WHERE applied = 'proposed' AND EXISTS (
    SELECT 1 FROM adjustment_proposals AS asked
    WHERE asked.id = inquiries.adjustment_id AND asked.status = 'declined'
);
