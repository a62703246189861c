CREATE TABLE companies (
    id         uuid        NOT NULL PRIMARY KEY,
    name       text        NOT NULL,
    kind       text        NOT NULL CHECK (kind IN ('agency', 'brand', 'partner')),
    website    text,
    domain     text,
    profile    jsonb       NOT NULL,
    time_zone  text        NOT NULL,
    currency   text        NOT NULL,
    plan       text        NOT NULL CHECK (plan IN ('standard', 'enterprise')),
    status     text        NOT NULL CHECK (status IN ('active', 'suspended', 'deactivated')),
    version    bigint      NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);

CREATE TABLE users (
    id            uuid        NOT NULL PRIMARY KEY,
    email         text        NOT NULL UNIQUE,
    name          text        NOT NULL,
    password_hash text        NOT NULL,
    version       bigint      NOT NULL,
    created_at    timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL
);

CREATE TABLE memberships (
    id         uuid        NOT NULL PRIMARY KEY,
    company_id uuid        NOT NULL REFERENCES companies,
    user_id    uuid        NOT NULL REFERENCES users,
    role       text        NOT NULL CHECK (role IN ('viewer', 'member', 'manager', 'admin', 'owner')),
    created_at timestamptz NOT NULL,
    UNIQUE (user_id, company_id)
);

CREATE TABLE sessions (
    id         uuid        NOT NULL PRIMARY KEY,
    user_id    uuid        NOT NULL REFERENCES users,
    company_id uuid        NOT NULL REFERENCES companies,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz
);
CREATE INDEX sessions_of_user ON sessions (user_id);

CREATE TABLE refresh_tokens (
    id         uuid        NOT NULL PRIMARY KEY,
    session_id uuid        NOT NULL REFERENCES sessions ON DELETE CASCADE,
    hash       bytea       NOT NULL UNIQUE,
    created_at timestamptz NOT NULL,
    used_at    timestamptz
);
CREATE INDEX refresh_tokens_of_session ON refresh_tokens (session_id);

CREATE TABLE api_keys (
    id             uuid        NOT NULL PRIMARY KEY,
    company_id     uuid        NOT NULL REFERENCES companies,
    name           text        NOT NULL,
    hint           text        NOT NULL,
    hash           bytea       NOT NULL UNIQUE,
    scopes         jsonb       NOT NULL,
    program_ids    jsonb,
    event_type_ids jsonb,
    created_by     uuid        NOT NULL REFERENCES users,
    created_at     timestamptz NOT NULL,
    expires_at     timestamptz,
    revoked_at     timestamptz,
    last_used_at   timestamptz,
    version        bigint      NOT NULL
);
CREATE INDEX api_keys_of_company ON api_keys (company_id, id);

CREATE TABLE idempotency_keys (
    principal  uuid        NOT NULL,
    key        text        NOT NULL,
    digest     bytea       NOT NULL,
    status     integer,
    location   text,
    etag       text,
    body       text,
    subject    uuid,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (principal, key)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);
