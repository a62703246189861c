-- Partnerships that are offered to whoever has an address, until somebody receives them for a company: only
-- then there are two sides. Of a token that was sent there is the digest, for as long as it can count.
CREATE TABLE partnership_invitations (
    id             BLOB    NOT NULL PRIMARY KEY,
    company_id     BLOB    NOT NULL REFERENCES companies,
    email          TEXT    NOT NULL,
    company_name   TEXT,
    role           TEXT    NOT NULL CHECK (role IN ('partner', 'client')),
    status         TEXT    NOT NULL CHECK (status IN ('pending', 'claimed', 'withdrawn', 'expired')),
    message        TEXT    NOT NULL,
    brought        TEXT    NOT NULL,
    hash           BLOB,
    invited_by     BLOB    NOT NULL REFERENCES users,
    letters        INTEGER NOT NULL,
    created_at     INTEGER NOT NULL,
    sent_at        INTEGER NOT NULL,
    expires_at     INTEGER NOT NULL,
    answered_at    INTEGER,
    partnership_id BLOB    REFERENCES partnerships,
    version        INTEGER NOT NULL,
    CHECK ((status = 'claimed') = (partnership_id IS NOT NULL)),
    CHECK (status = 'pending' OR hash IS NULL)
) STRICT;
CREATE INDEX partnership_invitations_of_company ON partnership_invitations (company_id, id);
CREATE INDEX partnership_invitations_by_status ON partnership_invitations (company_id, status, id);
CREATE INDEX partnership_invitations_by_day ON partnership_invitations (company_id, created_at);
CREATE INDEX partnership_invitations_to_address ON partnership_invitations (email, sent_at);
CREATE INDEX partnership_invitations_to_expire ON partnership_invitations (expires_at, id)
    WHERE status = 'pending';
CREATE UNIQUE INDEX partnership_invitations_pending ON partnership_invitations (company_id, email, role)
    WHERE status = 'pending';
CREATE UNIQUE INDEX partnership_invitations_by_hash ON partnership_invitations (hash)
    WHERE hash IS NOT NULL;
