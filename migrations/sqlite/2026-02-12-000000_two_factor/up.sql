-- A company may ask of its people that they prove by a second factor who they are.
ALTER TABLE companies ADD COLUMN require_two_factor INTEGER NOT NULL DEFAULT 0;

-- What generates a person's codes, sealed; it counts once a code has confirmed it.
CREATE TABLE second_factors (
    user_id      BLOB    NOT NULL PRIMARY KEY REFERENCES users,
    secret       BLOB    NOT NULL,
    created_at   INTEGER NOT NULL,
    confirmed_at INTEGER,
    last_step    INTEGER NOT NULL
) STRICT;

-- Codes for whoever lost what generates them; one that was used is gone.
CREATE TABLE recovery_codes (
    user_id BLOB NOT NULL REFERENCES users,
    mark    BLOB NOT NULL,
    PRIMARY KEY (user_id, mark)
) STRICT;

-- Sign-ins that failed, by whose and from where; and from where somebody is known to sign in.
CREATE TABLE sign_in_counts (
    mark           BLOB    NOT NULL PRIMARY KEY,
    failures       INTEGER NOT NULL,
    blocked_until  INTEGER NOT NULL,
    counted_at     INTEGER NOT NULL,
    familiar_until INTEGER
) STRICT;
CREATE INDEX sign_in_counts_by_age ON sign_in_counts (counted_at);
