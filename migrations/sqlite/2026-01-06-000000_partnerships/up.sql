CREATE TABLE partnerships (
    id                    BLOB    NOT NULL PRIMARY KEY,
    partner_company_id    BLOB    NOT NULL REFERENCES companies,
    client_company_id     BLOB    NOT NULL REFERENCES companies,
    offered_by_company_id BLOB    NOT NULL REFERENCES companies,
    status                TEXT    NOT NULL
        CHECK (status IN ('offered', 'active', 'declined', 'withdrawn', 'expired', 'ended')),
    message               TEXT    NOT NULL,
    comment               TEXT,
    end_reason            TEXT,
    ended_by_company_id   BLOB    REFERENCES companies,
    version               INTEGER NOT NULL,
    created_at            INTEGER NOT NULL,
    answered_at           INTEGER,
    ended_at              INTEGER,
    updated_at            INTEGER NOT NULL,
    CHECK (partner_company_id <> client_company_id)
) STRICT;
CREATE UNIQUE INDEX partnerships_one_live_pair
    ON partnerships (partner_company_id, client_company_id) WHERE status IN ('offered', 'active');
CREATE INDEX partnerships_of_partner ON partnerships (partner_company_id, id);
CREATE INDEX partnerships_of_client ON partnerships (client_company_id, id);
