-- A partner disputes an action, or an order that was never tracked, and the brand answers. One
-- dispute about an action, or about an order, is open at a time.
CREATE TABLE inquiries (
    id                 uuid        NOT NULL,
    company_id         uuid        NOT NULL,
    partner_company_id uuid        NOT NULL,
    program_id         uuid        NOT NULL,
    event_type_id      uuid        NOT NULL,
    terms_id           uuid        NOT NULL,
    kind               text        NOT NULL CHECK (kind IN ('untracked', 'incorrect', 'declined')),
    action_id          uuid,
    existing_action_id uuid,
    order_id           text        NOT NULL,
    occurred_at        timestamptz NOT NULL,
    currency           text        NOT NULL,
    claim              json        NOT NULL,
    message            text        NOT NULL,
    in_time            boolean     NOT NULL,
    status             text        NOT NULL CHECK (status IN ('open', 'accepted', 'declined', 'withdrawn')),
    answer_by          timestamptz NOT NULL,
    decided_by         text        CHECK (decided_by IN ('brand', 'silence')),
    answer             text,
    note               text,
    applied            text        CHECK (applied IN ('tracked', 'changed', 'adjusted', 'nothing')),
    action_version     bigint,
    adjustment_id      uuid,
    code               text,
    user_id            uuid,
    api_key_id         uuid,
    delegate_user_id   uuid,
    version            bigint      NOT NULL,
    opened_at          timestamptz NOT NULL,
    decided_at         timestamptz,
    PRIMARY KEY (id)
);
CREATE INDEX inquiries_of_company ON inquiries (company_id, id);
CREATE INDEX inquiries_of_partner ON inquiries (partner_company_id, id);
CREATE INDEX inquiries_of_action ON inquiries (action_id);
CREATE UNIQUE INDEX inquiries_open_of_action ON inquiries (action_id) WHERE status = 'open';
CREATE UNIQUE INDEX inquiries_open_of_order
    ON inquiries (company_id, event_type_id, order_id, partner_company_id)
    WHERE status = 'open' AND kind = 'untracked';
CREATE INDEX inquiries_to_answer ON inquiries (answer_by, id) WHERE status = 'open';
