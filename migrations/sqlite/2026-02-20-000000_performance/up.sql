-- The day that an action counts to is settled when it is tracked, in the zone that its program has
-- then. Actions that were tracked before this keep the zone that their program has now.
ALTER TABLE actions ADD COLUMN occurred_on TEXT;
CREATE TABLE earlier_zones (
    program_id BLOB NOT NULL PRIMARY KEY REFERENCES programs,
    time_zone  TEXT NOT NULL
) STRICT;
INSERT INTO earlier_zones (program_id, time_zone) SELECT id, time_zone FROM programs;

-- Row numbers that the table declares stay what they are when the file is compacted: the order in
-- which adjustments became visible. Entries of ledgers have theirs.
CREATE TABLE adjustments_in_order (
    seq                 INTEGER NOT NULL PRIMARY KEY,
    id                  BLOB    NOT NULL,
    action_id           BLOB    NOT NULL,
    sequence            INTEGER NOT NULL,
    company_id          BLOB    NOT NULL,
    partner_company_id  BLOB    NOT NULL,
    kind                TEXT    NOT NULL CHECK (kind = 'clawback' OR kind = 'make_good'),
    state               TEXT    NOT NULL,
    sale_minor          INTEGER NOT NULL,
    sale_delta_minor    INTEGER NOT NULL,
    payout_minor        INTEGER NOT NULL CHECK (payout_minor >= 0),
    payout_delta_minor  INTEGER NOT NULL,
    items               TEXT    NOT NULL,
    changes             TEXT    NOT NULL,
    reason              TEXT    NOT NULL,
    note                TEXT,
    channel             TEXT    NOT NULL,
    user_id             BLOB,
    api_key_id          BLOB,
    delegate_user_id    BLOB,
    reversal_id         BLOB,
    line                INTEGER,
    at                  INTEGER NOT NULL,
    approved_by_user_id BLOB,
    UNIQUE (action_id, sequence)
) STRICT;
INSERT INTO adjustments_in_order (
    seq, id, action_id, sequence, company_id, partner_company_id, kind, state, sale_minor,
    sale_delta_minor, payout_minor, payout_delta_minor, items, changes, reason, note, channel,
    user_id, api_key_id, delegate_user_id, reversal_id, line, at, approved_by_user_id
)
SELECT
    rowid, id, action_id, sequence, company_id, partner_company_id, kind, state, sale_minor,
    sale_delta_minor, payout_minor, payout_delta_minor, items, changes, reason, note, channel,
    user_id, api_key_id, delegate_user_id, reversal_id, line, at, approved_by_user_id
FROM adjustments ORDER BY rowid;
DROP TABLE adjustments;
ALTER TABLE adjustments_in_order RENAME TO adjustments;
CREATE INDEX adjustments_of_company ON adjustments (company_id, id);
CREATE INDEX adjustments_of_partner ON adjustments (partner_company_id, id);

-- What the actions of a day come to, of each partner and of all partners of a program together.
-- Amounts are kept in two columns: whole thousands of millions in the second one, the rest in the
-- first. So no sum is beyond what a column holds.
CREATE TABLE performance_days (
    company_id            BLOB NOT NULL,
    partner_company_id    BLOB NOT NULL,
    program_id            BLOB NOT NULL,
    event_type_id         BLOB NOT NULL,
    currency              TEXT NOT NULL,
    day                   TEXT NOT NULL,
    actions               INTEGER NOT NULL,
    approved              INTEGER NOT NULL,
    reversed              INTEGER NOT NULL,
    locked                INTEGER NOT NULL,
    adjustments           INTEGER NOT NULL,
    tracked_minor         INTEGER NOT NULL,
    tracked_high          INTEGER NOT NULL,
    sale_minor            INTEGER NOT NULL,
    sale_high             INTEGER NOT NULL,
    payout_minor          INTEGER NOT NULL,
    payout_high           INTEGER NOT NULL,
    lost_minor            INTEGER NOT NULL,
    lost_high             INTEGER NOT NULL,
    adjusted_sale_minor   INTEGER NOT NULL,
    adjusted_sale_high    INTEGER NOT NULL,
    adjusted_payout_minor INTEGER NOT NULL,
    adjusted_payout_high  INTEGER NOT NULL,
    PRIMARY KEY (partner_company_id, company_id, day, program_id, event_type_id, currency)
) STRICT, WITHOUT ROWID;
CREATE INDEX performance_days_of_company ON performance_days (company_id, day);

CREATE TABLE performance_program_days (
    company_id            BLOB NOT NULL,
    program_id            BLOB NOT NULL,
    event_type_id         BLOB NOT NULL,
    currency              TEXT NOT NULL,
    day                   TEXT NOT NULL,
    actions               INTEGER NOT NULL,
    approved              INTEGER NOT NULL,
    reversed              INTEGER NOT NULL,
    locked                INTEGER NOT NULL,
    adjustments           INTEGER NOT NULL,
    tracked_minor         INTEGER NOT NULL,
    tracked_high          INTEGER NOT NULL,
    sale_minor            INTEGER NOT NULL,
    sale_high             INTEGER NOT NULL,
    payout_minor          INTEGER NOT NULL,
    payout_high           INTEGER NOT NULL,
    lost_minor            INTEGER NOT NULL,
    lost_high             INTEGER NOT NULL,
    adjusted_sale_minor   INTEGER NOT NULL,
    adjusted_sale_high    INTEGER NOT NULL,
    adjusted_payout_minor INTEGER NOT NULL,
    adjusted_payout_high  INTEGER NOT NULL,
    PRIMARY KEY (company_id, day, program_id, event_type_id, currency)
) STRICT, WITHOUT ROWID;

-- Up to where the ledgers are in these sums. They begin with nothing, and all that there is
-- follows.
CREATE TABLE performance_places (
    book     TEXT    NOT NULL PRIMARY KEY CHECK (book IN ('updates', 'adjustments')),
    turn     INTEGER NOT NULL,
    entry_id BLOB    NOT NULL
) STRICT;
INSERT INTO performance_places (book, turn, entry_id)
VALUES ('updates', 0, x'00000000000000000000000000000000'),
    ('adjustments', 0, x'00000000000000000000000000000000');
