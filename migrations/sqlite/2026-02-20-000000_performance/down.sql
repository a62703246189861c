DROP TABLE performance_places;
DROP TABLE performance_program_days;
DROP TABLE performance_days;
CREATE TABLE adjustments_before (
    id                  BLOB    NOT NULL,
    action_id           BLOB    NOT NULL,
    sequence            INTEGER NOT NULL,
    company_id          BLOB    NOT NULL,
    partner_company_id  BLOB    NOT NULL,
    kind                TEXT    NOT NULL CHECK (kind IN ('clawback', 'make_good')),
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
    PRIMARY KEY (action_id, sequence)
) STRICT;
INSERT INTO adjustments_before (
    id, action_id, sequence, company_id, partner_company_id, kind, state, sale_minor,
    sale_delta_minor, payout_minor, payout_delta_minor, items, changes, reason, note, channel,
    user_id, api_key_id, delegate_user_id, reversal_id, line, at, approved_by_user_id
)
SELECT
    id, action_id, sequence, company_id, partner_company_id, kind, state, sale_minor,
    sale_delta_minor, payout_minor, payout_delta_minor, items, changes, reason, note, channel,
    user_id, api_key_id, delegate_user_id, reversal_id, line, at, approved_by_user_id
FROM adjustments ORDER BY seq;
DROP TABLE adjustments;
ALTER TABLE adjustments_before RENAME TO adjustments;
CREATE INDEX adjustments_of_company ON adjustments (company_id, id);
CREATE INDEX adjustments_of_partner ON adjustments (partner_company_id, id);
DROP TABLE earlier_zones;
ALTER TABLE actions DROP COLUMN occurred_on;
