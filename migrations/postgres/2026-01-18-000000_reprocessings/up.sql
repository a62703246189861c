-- Attribution run again over a program and a period. An action has a result if and only if it is done.
CREATE TABLE reprocessings (
    id                 uuid        NOT NULL PRIMARY KEY,
    company_id         uuid        NOT NULL REFERENCES companies,
    program_id         uuid        NOT NULL REFERENCES programs,
    event_type_id      uuid        REFERENCES event_types,
    partner_company_id uuid,
    occurred_after     timestamptz NOT NULL,
    occurred_before    timestamptz NOT NULL,
    mode               text        NOT NULL CHECK (mode IN ('dry_run', 'apply')),
    dry_run_id         uuid        REFERENCES reprocessings,
    user_id            uuid,
    api_key_id         uuid,
    delegate_user_id   uuid,
    status             text        NOT NULL
        CHECK (status IN ('received', 'processing', 'completed', 'cancelled')),
    code               text,
    detail             text,
    total              bigint,
    reattributed       bigint      NOT NULL,
    unchanged          bigint      NOT NULL,
    skipped            bigint      NOT NULL,
    rejected           bigint      NOT NULL,
    done_at            timestamptz,
    done_id            uuid,
    version            bigint      NOT NULL,
    created_at         timestamptz NOT NULL,
    started_at         timestamptz,
    completed_at       timestamptz
);
CREATE INDEX reprocessings_of_company ON reprocessings (company_id, id);

CREATE TABLE reprocessing_results (
    reprocessing_id         uuid   NOT NULL,
    action_id               uuid   NOT NULL,
    order_id                text   NOT NULL,
    outcome                 text   NOT NULL,
    code                    text,
    from_partner_company_id uuid   NOT NULL,
    to_partner_company_id   uuid   NOT NULL,
    currency                text   NOT NULL,
    payout_before_minor     bigint NOT NULL,
    payout_after_minor      bigint NOT NULL,
    PRIMARY KEY (reprocessing_id, action_id)
);
CREATE INDEX reprocessing_results_by_outcome
    ON reprocessing_results (reprocessing_id, outcome, action_id);
