CREATE TABLE actions (
    id                   uuid             NOT NULL PRIMARY KEY,
    company_id           uuid             NOT NULL,
    partner_company_id   uuid             NOT NULL,
    program_id           uuid             NOT NULL,
    event_type_id        uuid             NOT NULL,
    contract_id          uuid             NOT NULL,
    terms_id             uuid             NOT NULL,
    order_id             text COLLATE "C" NOT NULL,
    occurrence           integer          NOT NULL,
    state                text             NOT NULL CHECK (state IN ('pending', 'approved', 'reversed')),
    held                 boolean          NOT NULL,
    hold_reason          text,
    currency             text             NOT NULL,
    sale_minor           bigint           NOT NULL,
    payout_minor         bigint           NOT NULL,
    tracked_sale_minor   bigint           NOT NULL,
    tracked_payout_minor bigint           NOT NULL,
    items                jsonb            NOT NULL,
    customer_status      text,
    sub_ids              jsonb,
    note                 text,
    occurred_at          timestamptz      NOT NULL,
    locks_at             timestamptz      NOT NULL,
    locked_at            timestamptz,
    cleared_at           timestamptz,
    version              bigint           NOT NULL,
    created_at           timestamptz      NOT NULL,
    updated_at           timestamptz      NOT NULL
) WITH (fillfactor = 70);
CREATE UNIQUE INDEX actions_by_order
    ON actions (company_id, event_type_id, order_id, occurrence);
CREATE INDEX actions_of_company ON actions (company_id, occurred_at DESC, id DESC);
CREATE INDEX actions_of_partner ON actions (partner_company_id, occurred_at DESC, id DESC);
CREATE INDEX actions_to_lock ON actions (locks_at, id) WHERE locked_at IS NULL AND NOT held;
CREATE INDEX actions_held_of_company ON actions (company_id, occurred_at DESC, id DESC) WHERE held;
CREATE INDEX actions_held_of_partner
    ON actions (partner_company_id, occurred_at DESC, id DESC) WHERE held;

CREATE TABLE action_updates (
    id                 uuid        NOT NULL,
    action_id          uuid        NOT NULL,
    version            bigint      NOT NULL,
    company_id         uuid        NOT NULL,
    partner_company_id uuid        NOT NULL,
    terms_id           uuid        NOT NULL,
    command            text        NOT NULL,
    state_before       text,
    state              text        NOT NULL,
    sale_minor         bigint      NOT NULL,
    sale_delta_minor   bigint      NOT NULL,
    payout_minor       bigint      NOT NULL,
    payout_delta_minor bigint      NOT NULL,
    items              jsonb,
    reason             text,
    note               text,
    channel            text        NOT NULL,
    user_id            uuid,
    api_key_id         uuid,
    delegate_user_id   uuid,
    reversal_id        uuid,
    line               integer,
    at                 timestamptz NOT NULL,
    PRIMARY KEY (action_id, version)
);
