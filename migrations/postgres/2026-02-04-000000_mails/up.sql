-- Letters: each waits here until it was handed on, and leaves a trace for a while.
CREATE TABLE mails (
    id          uuid        PRIMARY KEY,
    address     text        NOT NULL,
    user_id     uuid        REFERENCES users,
    subject     text        NOT NULL,
    text        text        NOT NULL,
    html        text        NOT NULL,
    unsubscribe text,
    status      text        NOT NULL CHECK (status IN ('waiting', 'sent', 'failed')),
    attempts    integer     NOT NULL,
    next_at     timestamptz NOT NULL,
    worker_id   uuid,
    lease_until timestamptz,
    last_error  text,
    created_at  timestamptz NOT NULL,
    done_at     timestamptz
);
CREATE INDEX mails_waiting ON mails (next_at, id) WHERE done_at IS NULL;
CREATE INDEX mails_in_hand ON mails (worker_id) WHERE worker_id IS NOT NULL;
CREATE INDEX mails_done ON mails (done_at) WHERE done_at IS NOT NULL;

-- Wishes for a new password, of addresses known and unknown alike.
CREATE TABLE password_resets (
    id          uuid        PRIMARY KEY,
    email       text        NOT NULL,
    created_at  timestamptz NOT NULL,
    answered_at timestamptz,
    user_id     uuid        REFERENCES users,
    hash        bytea,
    expires_at  timestamptz
);
CREATE INDEX password_resets_of_an_address ON password_resets (email, created_at);
CREATE INDEX password_resets_waiting ON password_resets (created_at, id) WHERE answered_at IS NULL;
CREATE INDEX password_resets_by_age ON password_resets (created_at);
CREATE UNIQUE INDEX password_resets_by_hash ON password_resets (hash) WHERE hash IS NOT NULL;
CREATE INDEX password_resets_of_a_user ON password_resets (user_id) WHERE hash IS NOT NULL;
