-- A company may ask of its people that they prove by a second factor who they are.
ALTER TABLE companies ADD COLUMN require_two_factor boolean NOT NULL DEFAULT false;

-- What generates a person's codes, sealed; it counts once a code has confirmed it.
CREATE TABLE second_factors (
    user_id      uuid        PRIMARY KEY REFERENCES users,
    secret       bytea       NOT NULL,
    created_at   timestamptz NOT NULL,
    confirmed_at timestamptz,
    last_step    bigint      NOT NULL
);

-- Codes for whoever lost what generates them; one that was used is gone.
CREATE TABLE recovery_codes (
    user_id uuid  NOT NULL REFERENCES users,
    mark    bytea NOT NULL,
    PRIMARY KEY (user_id, mark)
);

-- Sign-ins that failed, by whose and from where; and from where somebody is known to sign in.
CREATE TABLE sign_in_counts (
    mark           bytea       PRIMARY KEY,
    failures       integer     NOT NULL,
    blocked_until  timestamptz NOT NULL,
    counted_at     timestamptz NOT NULL,
    familiar_until timestamptz
);
CREATE INDEX sign_in_counts_by_age ON sign_in_counts (counted_at);
