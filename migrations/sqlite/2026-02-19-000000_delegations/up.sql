-- Somebody of one company acts for another. Each is a sign-in of the own company too, with the same id; that
-- one is swept in time, and this is kept.
CREATE TABLE delegated_sessions (
    id                BLOB NOT NULL PRIMARY KEY,
    user_id           BLOB NOT NULL REFERENCES users,
    company_id        BLOB NOT NULL REFERENCES companies,
    for_company_id    BLOB NOT NULL REFERENCES companies,
    parent_session_id BLOB NOT NULL,
    level             TEXT NOT NULL CHECK (level IN ('relationship', 'company')),
    reason            TEXT NOT NULL,
    started_at        INTEGER NOT NULL,
    expires_at        INTEGER NOT NULL,
    ended_at          INTEGER,
    ended_because     TEXT
        CHECK (ended_because IN ('delegate', 'company', 'time', 'grant', 'membership', 'sign_in',
                                 'company_status')),
    CHECK (company_id <> for_company_id)
) STRICT;
CREATE INDEX delegated_sessions_of_company ON delegated_sessions (company_id, id);
CREATE INDEX delegated_sessions_for_company ON delegated_sessions (for_company_id, id);
CREATE INDEX delegated_sessions_of_pair ON delegated_sessions (company_id, for_company_id, id);
CREATE INDEX delegated_sessions_open ON delegated_sessions (id) WHERE ended_at IS NULL;

-- What is done in such a session is in the logs of both companies.
ALTER TABLE audit_entries ADD COLUMN session_id BLOB;
ALTER TABLE audit_entries ADD COLUMN delegate_company_id BLOB;
ALTER TABLE audit_entries ADD COLUMN on_behalf_of_company_id BLOB;
CREATE INDEX audit_entries_of_session ON audit_entries (company_id, session_id, at, id)
    WHERE session_id IS NOT NULL;
