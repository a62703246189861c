CREATE TABLE reversals (
    id            uuid        NOT NULL PRIMARY KEY,
    company_id    uuid        NOT NULL REFERENCES companies,
    user_id       uuid,
    api_key_id    uuid,
    authority     jsonb       NOT NULL,
    channel       text        NOT NULL
        CHECK (channel IN ('api', 'upload', 'ftp_upload', 'ftp_pull', 'email', 'salesforce')),
    mode          text        NOT NULL CHECK (mode IN ('best_effort', 'all_or_nothing', 'dry_run')),
    on_ambiguous  text        NOT NULL CHECK (on_ambiguous IN ('reject', 'newest')),
    event_type_id uuid        REFERENCES event_types,
    layout        jsonb       NOT NULL,
    file_name     text,
    size_bytes    bigint      NOT NULL,
    digest        bytea       NOT NULL,
    duplicate_of  uuid        REFERENCES reversals,
    status        text        NOT NULL
        CHECK (status IN ('received', 'processing', 'completed', 'rejected', 'cancelled')),
    code          text,
    detail        text,
    fault_line    integer,
    total         integer,
    applied       integer     NOT NULL,
    unchanged     integer     NOT NULL,
    duplicate     integer     NOT NULL,
    rejected      integer     NOT NULL,
    version       bigint      NOT NULL,
    received_at   timestamptz NOT NULL,
    started_at    timestamptz,
    completed_at  timestamptz
);
CREATE INDEX reversals_of_company ON reversals (company_id, id);
CREATE INDEX reversals_unfinished ON reversals (company_id, received_at)
    WHERE status IN ('received', 'processing');
CREATE INDEX reversals_by_digest ON reversals (company_id, digest, received_at);

CREATE TABLE reversal_parts (
    reversal_id uuid        NOT NULL,
    part        integer     NOT NULL,
    stored_at   timestamptz NOT NULL,
    bytes       bytea       NOT NULL,
    PRIMARY KEY (reversal_id, part)
);

CREATE TABLE reversal_lines (
    reversal_id uuid    NOT NULL,
    line        integer NOT NULL,
    byte_offset bigint  NOT NULL,
    byte_length integer NOT NULL,
    outcome     text    NOT NULL,
    code        text,
    detail      text,
    operation   text,
    action_id   uuid,
    version     bigint,
    warnings    jsonb,
    PRIMARY KEY (reversal_id, line)
);
CREATE INDEX reversal_lines_to_look_at ON reversal_lines (reversal_id, outcome, line)
    WHERE outcome <> 'applied';

CREATE TABLE external_refs (
    company_id   uuid        NOT NULL,
    external_ref text        NOT NULL,
    action_id    uuid        NOT NULL,
    item_id      uuid        NOT NULL,
    digest       bytea       NOT NULL,
    claimed_at   timestamptz NOT NULL,
    PRIMARY KEY (company_id, external_ref, action_id, item_id)
);

CREATE TABLE jobs (
    id          uuid        NOT NULL PRIMARY KEY,
    kind        text        NOT NULL,
    subject     uuid        NOT NULL,
    run_at      timestamptz NOT NULL,
    attempts    integer     NOT NULL,
    step        bigint      NOT NULL,
    worker_id   uuid,
    lease_until timestamptz,
    last_error  text,
    created_at  timestamptz NOT NULL,
    UNIQUE (kind, subject)
);
CREATE INDEX jobs_by_turn ON jobs (run_at, id);
