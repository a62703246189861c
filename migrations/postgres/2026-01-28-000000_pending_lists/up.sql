-- What has not locked, soonest lock first. No batch changes these columns but under the open-ended rule, and
-- each of them is in the lock job's index already: an update stays within its page as before.
CREATE INDEX actions_locking_of_company ON actions (company_id, locks_at, id)
    WHERE locked_at IS NULL;
CREATE INDEX actions_locking_of_partner ON actions (partner_company_id, locks_at, id)
    WHERE locked_at IS NULL;
