-- Whether letters to a person's address reach the person. Whoever is here already was let in.
ALTER TABLE users ADD COLUMN email_confirmed_at INTEGER;
UPDATE users SET email_confirmed_at = created_at;

-- Who wants to register, of addresses known and unknown alike, until a letter has confirmed it.
CREATE TABLE registrations (
    id            BLOB    NOT NULL PRIMARY KEY,
    email         TEXT    NOT NULL,
    name          TEXT    NOT NULL,
    password_hash TEXT    NOT NULL,
    company       TEXT    NOT NULL,
    created_at    INTEGER NOT NULL,
    hash          BLOB,
    expires_at    INTEGER NOT NULL
) STRICT;
CREATE INDEX registrations_of_an_address ON registrations (email, created_at);
CREATE INDEX registrations_by_age ON registrations (created_at);
CREATE UNIQUE INDEX registrations_by_hash ON registrations (hash) WHERE hash IS NOT NULL;

-- Wishes for another address to sign in with, until a letter there has confirmed it.
CREATE TABLE email_changes (
    id         BLOB    NOT NULL PRIMARY KEY,
    user_id    BLOB    NOT NULL REFERENCES users,
    email      TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    hash       BLOB,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX email_changes_of_a_user ON email_changes (user_id, created_at);
CREATE INDEX email_changes_to_an_address ON email_changes (email, created_at);
CREATE INDEX email_changes_by_age ON email_changes (created_at);
CREATE UNIQUE INDEX email_changes_by_hash ON email_changes (hash) WHERE hash IS NOT NULL;
