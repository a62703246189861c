-- A batch beyond the guard of a program waits until somebody of the brand confirms it. SQLite gives a
-- column another list of words only by making it anew.
ALTER TABLE programs ADD COLUMN guard_lines INTEGER;
ALTER TABLE programs ADD COLUMN guard_payout_percent INTEGER;
DROP INDEX reversals_unfinished;
ALTER TABLE reversals RENAME COLUMN status TO earlier_status;
ALTER TABLE reversals ADD COLUMN status TEXT NOT NULL DEFAULT 'received'
    CHECK (status IN ('received', 'processing', 'needs_confirmation', 'completed', 'rejected',
                      'cancelled'));
UPDATE reversals SET status = earlier_status;
ALTER TABLE reversals DROP COLUMN earlier_status;
ALTER TABLE reversals ADD COLUMN over_guards TEXT;
ALTER TABLE reversals ADD COLUMN confirm_by INTEGER;
ALTER TABLE reversals ADD COLUMN confirmed_at INTEGER;
ALTER TABLE reversals ADD COLUMN confirmed_by_user_id BLOB;
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
