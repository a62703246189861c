-- How the status of a company has changed, who said so, and why. Without a user the operator did.
-- What is kept, the operator alone takes back.
CREATE TABLE company_status_changes (
    id         uuid        NOT NULL PRIMARY KEY,
    company_id uuid        NOT NULL REFERENCES companies,
    status     text        NOT NULL CHECK (status IN ('active', 'suspended', 'deactivated')),
    reason     text        NOT NULL,
    user_id    uuid        REFERENCES users,
    kept       boolean     NOT NULL,
    at         timestamptz NOT NULL
);
CREATE INDEX company_status_changes_of_company ON company_status_changes (company_id, id);
-- Deactivating ends every session of a company.
CREATE INDEX sessions_live_of_company ON sessions (company_id) WHERE revoked_at IS NULL;
