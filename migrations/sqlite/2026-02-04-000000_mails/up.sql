-- Letters: each waits here until it was handed on, and leaves a trace for a while.
CREATE TABLE mails (
    id          BLOB    NOT NULL PRIMARY KEY,
    address     TEXT    NOT NULL,
    user_id     BLOB    REFERENCES users,
    subject     TEXT    NOT NULL,
    text        TEXT    NOT NULL,
    html        TEXT    NOT NULL,
    unsubscribe TEXT,
    status      TEXT    NOT NULL CHECK (status IN ('waiting', 'sent', 'failed')),
    attempts    INTEGER NOT NULL,
    next_at     INTEGER NOT NULL,
    worker_id   BLOB,
    lease_until INTEGER,
    last_error  TEXT,
    created_at  INTEGER NOT NULL,
    done_at     INTEGER
) STRICT;
CREATE INDEX mails_waiting ON mails (next_at, id) WHERE done_at IS NULL;
CREATE INDEX mails_in_hand ON mails (worker_id) WHERE worker_id IS NOT NULL;
CREATE INDEX mails_done ON mails (done_at) WHERE done_at IS NOT NULL;

-- Wishes for a new password, of addresses known and unknown alike.
CREATE TABLE password_resets (
    id          BLOB    NOT NULL PRIMARY KEY,
    email       TEXT    NOT NULL,
    created_at  INTEGER NOT NULL,
    answered_at INTEGER,
    user_id     BLOB    REFERENCES users,
    hash        BLOB,
    expires_at  INTEGER
) STRICT;
CREATE INDEX password_resets_of_an_address ON password_resets (email, created_at);
CREATE INDEX password_resets_waiting ON password_resets (created_at, id) WHERE answered_at IS NULL;
CREATE INDEX password_resets_by_age ON password_resets (created_at);
CREATE UNIQUE INDEX password_resets_by_hash ON password_resets (hash) WHERE hash IS NOT NULL;
CREATE INDEX password_resets_of_a_user ON password_resets (user_id) WHERE hash IS NOT NULL;
