-- Row numbers that the table declares stay what they are when the file is compacted.
CREATE TABLE action_updates_in_order (
    seq                INTEGER NOT NULL PRIMARY KEY,
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
    UNIQUE (action_id, version)
) STRICT;
INSERT INTO action_updates_in_order (
    seq, id, action_id, version, company_id, partner_company_id, terms_id, command, state_before,
    state, sale_minor, sale_delta_minor, payout_minor, payout_delta_minor, items, reason, note,
    channel, user_id, api_key_id, delegate_user_id, reversal_id, line, at
)
SELECT
    rowid, id, action_id, version, company_id, partner_company_id, terms_id, command, state_before,
    state, sale_minor, sale_delta_minor, payout_minor, payout_delta_minor, items, reason, note,
    channel, user_id, api_key_id, delegate_user_id, reversal_id, line, at
FROM action_updates ORDER BY rowid;
DROP TABLE action_updates;
ALTER TABLE action_updates_in_order RENAME TO action_updates;
CREATE INDEX action_updates_of_company ON action_updates (company_id, seq);
CREATE INDEX action_updates_of_partner ON action_updates (partner_company_id, seq);

ALTER TABLE actions ADD COLUMN cleared INTEGER NOT NULL DEFAULT 0;
CREATE INDEX actions_to_clear ON actions (cleared_at, id)
    WHERE cleared_at IS NOT NULL AND NOT cleared;
