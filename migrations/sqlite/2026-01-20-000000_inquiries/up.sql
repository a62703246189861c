-- A partner disputes an action, or an order that was never tracked, and the brand answers. One
-- dispute about an action, or about an order, is open at a time.
CREATE TABLE inquiries (
    id                 BLOB    NOT NULL,
    company_id         BLOB    NOT NULL,
    partner_company_id BLOB    NOT NULL,
    program_id         BLOB    NOT NULL,
    event_type_id      BLOB    NOT NULL,
    terms_id           BLOB    NOT NULL,
    kind               TEXT    NOT NULL CHECK (kind IN ('untracked', 'incorrect', 'declined')),
    action_id          BLOB,
    existing_action_id BLOB,
    order_id           TEXT    NOT NULL,
    occurred_at        INTEGER NOT NULL,
    currency           TEXT    NOT NULL,
    claim              TEXT    NOT NULL,
    message            TEXT    NOT NULL,
    in_time            INTEGER NOT NULL,
    status             TEXT    NOT NULL CHECK (status IN ('open', 'accepted', 'declined', 'withdrawn')),
    answer_by          INTEGER NOT NULL,
    decided_by         TEXT    CHECK (decided_by IN ('brand', 'silence')),
    answer             TEXT,
    note               TEXT,
    applied            TEXT    CHECK (applied IN ('tracked', 'changed', 'adjusted', 'proposed', 'nothing')),
    action_version     INTEGER,
    adjustment_id      BLOB,
    code               TEXT,
    user_id            BLOB,
    api_key_id         BLOB,
    delegate_user_id   BLOB,
    version            INTEGER NOT NULL,
    opened_at          INTEGER NOT NULL,
    decided_at         INTEGER,
    PRIMARY KEY (id)
) STRICT;
CREATE INDEX inquiries_of_company ON inquiries (company_id, id);
CREATE INDEX inquiries_of_partner ON inquiries (partner_company_id, id);
CREATE INDEX inquiries_of_action ON inquiries (action_id);
CREATE UNIQUE INDEX inquiries_open_of_action ON inquiries (action_id) WHERE status = 'open';
CREATE UNIQUE INDEX inquiries_open_of_order
    ON inquiries (company_id, event_type_id, order_id, partner_company_id)
    WHERE status = 'open' AND kind = 'untracked';
CREATE INDEX inquiries_to_answer ON inquiries (answer_by, id) WHERE status = 'open';
