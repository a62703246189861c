-- An action may have been another partner's before. What that one still disputes is neither told to
-- the partner who is credited now, nor in its way: one dispute about an action is open at a time for
-- each of them.
DROP INDEX inquiries_open_of_action;
CREATE UNIQUE INDEX inquiries_open_of_action ON inquiries (action_id, partner_company_id)
    WHERE status = 'open';
