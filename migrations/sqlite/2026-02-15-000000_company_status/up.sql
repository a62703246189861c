-- How the status of a company has changed, who said so, and why. Without a user the operator did.
-- What is kept, the operator alone takes back.
CREATE TABLE company_status_changes (
    id         BLOB    NOT NULL PRIMARY KEY,
    company_id BLOB    NOT NULL REFERENCES companies,
    status     TEXT    NOT NULL CHECK (status IN ('active', 'suspended', 'deactivated')),
    reason     TEXT    NOT NULL,
    user_id    BLOB    REFERENCES users,
    kept       INTEGER NOT NULL,
    at         INTEGER NOT NULL
) STRICT;
CREATE INDEX company_status_changes_of_company ON company_status_changes (company_id, id);
-- Deactivating ends every session of a company.
CREATE INDEX sessions_live_of_company ON sessions (company_id) WHERE revoked_at IS NULL;
