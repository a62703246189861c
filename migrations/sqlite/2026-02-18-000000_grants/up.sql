-- What one side of a partnership lets the other do. It counts while the partnership is active.
CREATE TABLE partnership_grants (
    partnership_id     BLOB NOT NULL REFERENCES partnerships,
    company_id         BLOB NOT NULL REFERENCES companies,
    grantee_company_id BLOB NOT NULL REFERENCES companies,
    kind               TEXT NOT NULL
        CHECK (kind IN ('manage_profile', 'manage_status', 'sign_in_as', 'submit_reversals',
                        'share_accounts', 'view_performance')),
    level              TEXT
        CHECK (level IN ('profile', 'profile_and_tax', 'relationship', 'company', 'count', 'account')),
    granted_at         INTEGER NOT NULL,
    PRIMARY KEY (partnership_id, company_id, kind),
    CHECK (company_id <> grantee_company_id)
) STRICT;
CREATE INDEX partnership_grants_to ON partnership_grants (grantee_company_id, kind, company_id);
