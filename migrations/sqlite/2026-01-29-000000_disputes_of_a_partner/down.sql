-- Of the open disputes about one action only that of the partner who is credited now can stay.
UPDATE inquiries SET status = 'withdrawn', version = version + 1, decided_at = opened_at
    WHERE status = 'open' AND partner_company_id <> (
        SELECT actions.partner_company_id FROM actions WHERE actions.id = inquiries.action_id
    );
DROP INDEX inquiries_open_of_action;
CREATE UNIQUE INDEX inquiries_open_of_action ON inquiries (action_id) WHERE status = 'open';
