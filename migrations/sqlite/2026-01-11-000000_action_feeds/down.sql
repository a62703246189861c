DROP INDEX actions_to_clear;
ALTER TABLE actions DROP COLUMN cleared;
CREATE TABLE action_updates_before (
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
INSERT INTO action_updates_before (
    id, action_id, version, company_id, partner_company_id, terms_id, command, state_before,
    state, sale_minor, sale_delta_minor, payout_minor, payout_delta_minor, items, reason, note,
    channel, user_id, api_key_id, delegate_user_id, reversal_id, line, at
)
SELECT
    id, action_id, version, company_id, partner_company_id, terms_id, command, state_before,
    state, sale_minor, sale_delta_minor, payout_minor, payout_delta_minor, items, reason, note,
    channel, user_id, api_key_id, delegate_user_id, reversal_id, line, at
FROM action_updates ORDER BY seq;
DROP TABLE action_updates;
ALTER TABLE action_updates_before RENAME TO action_updates;
