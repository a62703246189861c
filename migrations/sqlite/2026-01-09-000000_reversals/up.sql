CREATE TABLE reversals (
    id            BLOB    NOT NULL PRIMARY KEY,
    company_id    BLOB    NOT NULL REFERENCES companies,
    user_id       BLOB,
    api_key_id    BLOB,
    authority     TEXT    NOT NULL,
    channel       TEXT    NOT NULL
        CHECK (channel IN ('api', 'upload', 'ftp_upload', 'ftp_pull', 'email', 'salesforce')),
    mode          TEXT    NOT NULL CHECK (mode IN ('best_effort', 'all_or_nothing', 'dry_run')),
    on_ambiguous  TEXT    NOT NULL CHECK (on_ambiguous IN ('reject', 'newest')),
    event_type_id BLOB    REFERENCES event_types,
    layout        TEXT    NOT NULL,
    file_name     TEXT,
    size_bytes    INTEGER NOT NULL,
    digest        BLOB    NOT NULL,
    duplicate_of  BLOB    REFERENCES reversals,
    status        TEXT    NOT NULL
        CHECK (status IN ('received', 'processing', 'completed', 'rejected', 'cancelled')),
    code          TEXT,
    detail        TEXT,
    fault_line    INTEGER,
    total         INTEGER,
    applied       INTEGER NOT NULL,
    unchanged     INTEGER NOT NULL,
    duplicate     INTEGER NOT NULL,
    rejected      INTEGER NOT NULL,
    version       INTEGER NOT NULL,
    received_at   INTEGER NOT NULL,
    started_at    INTEGER,
    completed_at  INTEGER
) STRICT;
CREATE INDEX reversals_of_company ON reversals (company_id, id);
CREATE INDEX reversals_unfinished ON reversals (company_id, received_at)
    WHERE status IN ('received', 'processing');
CREATE INDEX reversals_by_digest ON reversals (company_id, digest, received_at);

CREATE TABLE reversal_parts (
    reversal_id BLOB    NOT NULL,
    part        INTEGER NOT NULL,
    stored_at   INTEGER NOT NULL,
    bytes       BLOB    NOT NULL,
    PRIMARY KEY (reversal_id, part)
) STRICT;

CREATE TABLE reversal_lines (
    reversal_id BLOB    NOT NULL,
    line        INTEGER NOT NULL,
    byte_offset INTEGER NOT NULL,
    byte_length INTEGER NOT NULL,
    outcome     TEXT    NOT NULL,
    code        TEXT,
    detail      TEXT,
    operation   TEXT,
    action_id   BLOB,
    version     INTEGER,
    warnings    TEXT,
    PRIMARY KEY (reversal_id, line)
) STRICT, WITHOUT ROWID;
CREATE INDEX reversal_lines_to_look_at ON reversal_lines (reversal_id, outcome, line)
    WHERE outcome <> 'applied';

CREATE TABLE external_refs (
    company_id   BLOB    NOT NULL,
    external_ref TEXT    NOT NULL,
    action_id    BLOB    NOT NULL,
    item_id      BLOB    NOT NULL,
    digest       BLOB    NOT NULL,
    claimed_at   INTEGER NOT NULL,
    PRIMARY KEY (company_id, external_ref, action_id, item_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE jobs (
    id          BLOB    NOT NULL PRIMARY KEY,
    kind        TEXT    NOT NULL,
    subject     BLOB    NOT NULL,
    run_at      INTEGER NOT NULL,
    attempts    INTEGER NOT NULL,
    step        INTEGER NOT NULL,
    worker_id   BLOB,
    lease_until INTEGER,
    last_error  TEXT,
    created_at  INTEGER NOT NULL,
    UNIQUE (kind, subject)
) STRICT;
CREATE INDEX jobs_by_turn ON jobs (run_at, id);
