CREATE TABLE companies (
    id         BLOB    NOT NULL PRIMARY KEY,
    name       TEXT    NOT NULL,
    kind       TEXT    NOT NULL CHECK (kind IN ('agency', 'brand', 'partner')),
    website    TEXT,
    domain     TEXT,
    profile    TEXT    NOT NULL,
    time_zone  TEXT    NOT NULL,
    currency   TEXT    NOT NULL,
    plan       TEXT    NOT NULL CHECK (plan IN ('standard', 'enterprise')),
    status     TEXT    NOT NULL CHECK (status IN ('active', 'suspended', 'deactivated')),
    version    INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;

CREATE TABLE users (
    id            BLOB    NOT NULL PRIMARY KEY,
    email         TEXT    NOT NULL UNIQUE,
    name          TEXT    NOT NULL,
    password_hash TEXT    NOT NULL,
    version       INTEGER NOT NULL,
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL
) STRICT;

CREATE TABLE memberships (
    id         BLOB    NOT NULL PRIMARY KEY,
    company_id BLOB    NOT NULL REFERENCES companies,
    user_id    BLOB    NOT NULL REFERENCES users,
    role       TEXT    NOT NULL CHECK (role IN ('viewer', 'member', 'manager', 'admin', 'owner')),
    created_at INTEGER NOT NULL,
    UNIQUE (user_id, company_id)
) STRICT;

CREATE TABLE sessions (
    id         BLOB    NOT NULL PRIMARY KEY,
    user_id    BLOB    NOT NULL REFERENCES users,
    company_id BLOB    NOT NULL REFERENCES companies,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    revoked_at INTEGER
) STRICT;
CREATE INDEX sessions_of_user ON sessions (user_id);

CREATE TABLE refresh_tokens (
    id         BLOB    NOT NULL PRIMARY KEY,
    session_id BLOB    NOT NULL REFERENCES sessions ON DELETE CASCADE,
    hash       BLOB    NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    used_at    INTEGER
) STRICT;
CREATE INDEX refresh_tokens_of_session ON refresh_tokens (session_id);

CREATE TABLE api_keys (
    id             BLOB    NOT NULL PRIMARY KEY,
    company_id     BLOB    NOT NULL REFERENCES companies,
    name           TEXT    NOT NULL,
    hint           TEXT    NOT NULL,
    hash           BLOB    NOT NULL UNIQUE,
    scopes         TEXT    NOT NULL,
    program_ids    TEXT,
    event_type_ids TEXT,
    created_by     BLOB    NOT NULL REFERENCES users,
    created_at     INTEGER NOT NULL,
    expires_at     INTEGER,
    revoked_at     INTEGER,
    last_used_at   INTEGER,
    version        INTEGER NOT NULL
) STRICT;
CREATE INDEX api_keys_of_company ON api_keys (company_id, id);

CREATE TABLE idempotency_keys (
    principal  BLOB    NOT NULL,
    key        TEXT    NOT NULL,
    digest     BLOB    NOT NULL,
    status     INTEGER,
    location   TEXT,
    etag       TEXT,
    body       TEXT,
    subject    BLOB,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (principal, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);
