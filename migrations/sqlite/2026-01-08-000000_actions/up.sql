CREATE TABLE actions (
    id                   BLOB    NOT NULL PRIMARY KEY,
    company_id           BLOB    NOT NULL,
    partner_company_id   BLOB    NOT NULL,
    program_id           BLOB    NOT NULL,
    event_type_id        BLOB    NOT NULL,
    contract_id          BLOB    NOT NULL,
    terms_id             BLOB    NOT NULL,
    order_id             TEXT    NOT NULL,
    occurrence           INTEGER NOT NULL,
    state                TEXT    NOT NULL CHECK (state IN ('pending', 'approved', 'reversed')),
    held                 INTEGER NOT NULL,
    hold_reason          TEXT,
    currency             TEXT    NOT NULL,
    sale_minor           INTEGER NOT NULL,
    payout_minor         INTEGER NOT NULL,
    tracked_sale_minor   INTEGER NOT NULL,
    tracked_payout_minor INTEGER NOT NULL,
    items                TEXT    NOT NULL,
    customer_status      TEXT,
    sub_ids              TEXT,
    note                 TEXT,
    occurred_at          INTEGER NOT NULL,
    locks_at             INTEGER NOT NULL,
    locked_at            INTEGER,
    cleared_at           INTEGER,
    version              INTEGER NOT NULL,
    created_at           INTEGER NOT NULL,
    updated_at           INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX actions_by_order
    ON actions (company_id, event_type_id, order_id, occurrence);
CREATE INDEX actions_of_company ON actions (company_id, occurred_at DESC, id DESC);
CREATE INDEX actions_of_partner ON actions (partner_company_id, occurred_at DESC, id DESC);
CREATE INDEX actions_to_lock ON actions (locks_at, id) WHERE locked_at IS NULL AND NOT held;
CREATE INDEX actions_held_of_company ON actions (company_id, occurred_at DESC, id DESC) WHERE held;
CREATE INDEX actions_held_of_partner
    ON actions (partner_company_id, occurred_at DESC, id DESC) WHERE held;

CREATE TABLE action_updates (
    id                 BLOB    NOT NULL,
    action_id          BLOB    NOT NULL,
    version            INTEGER NOT NULL,
    company_id         BLOB    NOT NULL,
    partner_company_id BLOB    NOT NULL,
    terms_id           BLOB    NOT NULL,
    command            TEXT    NOT NULL,
    state_before       TEXT,
    state              TEXT    NOT NULL,
    sale_minor         INTEGER NOT NULL,
    sale_delta_minor   INTEGER NOT NULL,
    payout_minor       INTEGER NOT NULL,
    payout_delta_minor INTEGER NOT NULL,
    items              TEXT,
    reason             TEXT,
    note               TEXT,
    channel            TEXT    NOT NULL,
    user_id            BLOB,
    api_key_id         BLOB,
    delegate_user_id   BLOB,
    reversal_id        BLOB,
    line               INTEGER,
    at                 INTEGER NOT NULL,
    PRIMARY KEY (action_id, version)
) STRICT;
