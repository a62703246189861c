-- What was paid for a locked action, or is due, is corrected beside it: one signed entry for each
-- correction, each with what is left after it.
CREATE TABLE adjustments (
    id                 BLOB    NOT NULL,
    action_id          BLOB    NOT NULL,
    sequence           INTEGER NOT NULL,
    company_id         BLOB    NOT NULL,
    partner_company_id BLOB    NOT NULL,
    kind               TEXT    NOT NULL CHECK (kind IN ('clawback', 'make_good')),
    state              TEXT    NOT NULL,
    sale_minor         INTEGER NOT NULL,
    sale_delta_minor   INTEGER NOT NULL,
    payout_minor       INTEGER NOT NULL CHECK (payout_minor >= 0),
    payout_delta_minor INTEGER NOT NULL,
    items              TEXT    NOT NULL,
    changes            TEXT    NOT NULL,
    reason             TEXT    NOT NULL,
    note               TEXT,
    channel            TEXT    NOT NULL,
    user_id            BLOB,
    api_key_id         BLOB,
    delegate_user_id   BLOB,
    reversal_id        BLOB,
    line               INTEGER,
    at                 INTEGER NOT NULL,
    PRIMARY KEY (action_id, sequence)
) STRICT;
