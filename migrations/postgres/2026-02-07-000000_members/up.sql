-- Who is asked to belong to a company. Of a token that was sent there is the digest, for as long as it
-- can count; the words of the letter are with the letters.
CREATE TABLE invitations (
    id          uuid        NOT NULL PRIMARY KEY,
    company_id  uuid        NOT NULL REFERENCES companies,
    email       text        NOT NULL,
    name        text,
    role        text        NOT NULL CHECK (role IN ('viewer', 'member', 'manager', 'admin', 'owner')),
    status      text        NOT NULL CHECK (status IN ('pending', 'accepted', 'revoked', 'expired')),
    hash        bytea,
    invited_by  uuid        NOT NULL REFERENCES users,
    letters     integer     NOT NULL,
    created_at  timestamptz NOT NULL,
    sent_at     timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL,
    answered_at timestamptz,
    version     bigint      NOT NULL
);
CREATE INDEX invitations_of_company ON invitations (company_id, id);
CREATE INDEX invitations_by_status ON invitations (company_id, status, id);
CREATE INDEX invitations_by_day ON invitations (company_id, created_at);
CREATE INDEX invitations_of_address ON invitations (company_id, email);
CREATE INDEX invitations_by_inviter ON invitations (invited_by, company_id, status);
CREATE UNIQUE INDEX invitations_pending ON invitations (company_id, email) WHERE status = 'pending';
CREATE UNIQUE INDEX invitations_by_hash ON invitations (hash) WHERE hash IS NOT NULL;

-- Memberships change, and are listed in the order in which they began.
ALTER TABLE memberships ADD COLUMN version bigint NOT NULL DEFAULT 1;
DROP INDEX memberships_of_company;
CREATE INDEX memberships_of_company ON memberships (company_id, id);

-- From where a session is kept alive, and by what.
ALTER TABLE sessions ADD COLUMN seen_at timestamptz;
ALTER TABLE sessions ADD COLUMN address text;
ALTER TABLE sessions ADD COLUMN agent text;
UPDATE sessions SET seen_at = created_at;
CREATE INDEX sessions_live ON sessions (company_id, user_id, id) WHERE revoked_at IS NULL;
CREATE INDEX sessions_seen ON sessions (company_id, user_id, seen_at);
