-- A make-good beyond what its program lets one person make waits for a second one. It is a row of its
-- own until then, beside the adjustments, which are only ever added to.
ALTER TABLE programs ADD COLUMN make_good_limit_minor bigint;
ALTER TABLE adjustments ADD COLUMN approved_by_user_id uuid;
CREATE INDEX adjustments_of_company ON adjustments (company_id, id);
CREATE INDEX adjustments_of_partner ON adjustments (partner_company_id, id);
CREATE TABLE adjustment_proposals (
    id                 uuid        NOT NULL PRIMARY KEY,
    action_id          uuid        NOT NULL,
    company_id         uuid        NOT NULL,
    partner_company_id uuid        NOT NULL,
    status             text        NOT NULL CHECK (status IN ('proposed', 'made', 'declined')),
    kind               text        NOT NULL CHECK (kind IN ('clawback', 'make_good')),
    correction         json        NOT NULL,
    sale_minor         bigint      NOT NULL,
    sale_delta_minor   bigint      NOT NULL,
    payout_minor       bigint      NOT NULL,
    payout_delta_minor bigint      NOT NULL,
    changes            json        NOT NULL,
    reason             text        NOT NULL,
    note               text,
    user_id            uuid,
    api_key_id         uuid,
    delegate_user_id   uuid,
    maker_user_id      uuid,
    at                 timestamptz NOT NULL,
    decided_by_user_id uuid,
    decided_at         timestamptz,
    decline_reason     text,
    version            bigint      NOT NULL
);
CREATE INDEX adjustment_proposals_of_company ON adjustment_proposals (company_id, id);
CREATE INDEX adjustment_proposals_of_action ON adjustment_proposals (action_id);
