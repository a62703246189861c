-- What was paid for a locked action, or is due, is corrected beside it: one signed entry for each
-- correction, each with what is left after it.
CREATE TABLE adjustments (
    id                 uuid        NOT NULL,
    action_id          uuid        NOT NULL,
    sequence           bigint      NOT NULL,
    company_id         uuid        NOT NULL,
    partner_company_id uuid        NOT NULL,
    kind               text        NOT NULL CHECK (kind IN ('clawback', 'make_good')),
    state              text        NOT NULL,
    sale_minor         bigint      NOT NULL,
    sale_delta_minor   bigint      NOT NULL,
    payout_minor       bigint      NOT NULL CHECK (payout_minor >= 0),
    payout_delta_minor bigint      NOT NULL,
    items              json        NOT NULL,
    changes            json        NOT NULL,
    reason             text        NOT NULL,
    note               text,
    channel            text        NOT NULL,
    user_id            uuid,
    api_key_id         uuid,
    delegate_user_id   uuid,
    reversal_id        uuid,
    line               integer,
    at                 timestamptz NOT NULL,
    PRIMARY KEY (action_id, sequence)
);
