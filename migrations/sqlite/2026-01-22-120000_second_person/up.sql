-- A make-good beyond what its program lets one person make waits for a second one. It is a row of its
-- own until then, beside the adjustments, which are only ever added to.
ALTER TABLE programs ADD COLUMN make_good_limit_minor INTEGER;
ALTER TABLE adjustments ADD COLUMN approved_by_user_id BLOB;
CREATE INDEX adjustments_of_company ON adjustments (company_id, id);
CREATE INDEX adjustments_of_partner ON adjustments (partner_company_id, id);
CREATE TABLE adjustment_proposals (
    id                 BLOB    NOT NULL PRIMARY KEY,
    action_id          BLOB    NOT NULL,
    company_id         BLOB    NOT NULL,
    partner_company_id BLOB    NOT NULL,
    status             TEXT    NOT NULL CHECK (status IN ('proposed', 'made', 'declined')),
    kind               TEXT    NOT NULL CHECK (kind IN ('clawback', 'make_good')),
    correction         TEXT    NOT NULL,
    sale_minor         INTEGER NOT NULL,
    sale_delta_minor   INTEGER NOT NULL,
    payout_minor       INTEGER NOT NULL,
    payout_delta_minor INTEGER NOT NULL,
    changes            TEXT    NOT NULL,
    reason             TEXT    NOT NULL,
    note               TEXT,
    user_id            BLOB,
    api_key_id         BLOB,
    delegate_user_id   BLOB,
    maker_user_id      BLOB,
    at                 INTEGER NOT NULL,
    decided_by_user_id BLOB,
    decided_at         INTEGER,
    decline_reason     TEXT,
    version            INTEGER NOT NULL
) STRICT;
CREATE INDEX adjustment_proposals_of_company ON adjustment_proposals (company_id, id);
CREATE INDEX adjustment_proposals_of_action ON adjustment_proposals (action_id);
