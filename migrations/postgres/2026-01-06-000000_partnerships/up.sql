CREATE TABLE partnerships (
    id                    uuid        NOT NULL PRIMARY KEY,
    partner_company_id    uuid        NOT NULL REFERENCES companies,
    client_company_id     uuid        NOT NULL REFERENCES companies,
    offered_by_company_id uuid        NOT NULL REFERENCES companies,
    status                text        NOT NULL
        CHECK (status IN ('offered', 'active', 'declined', 'withdrawn', 'expired', 'ended')),
    message               text        NOT NULL,
    comment               text,
    end_reason            text,
    ended_by_company_id   uuid        REFERENCES companies,
    version               bigint      NOT NULL,
    created_at            timestamptz NOT NULL,
    answered_at           timestamptz,
    ended_at              timestamptz,
    updated_at            timestamptz NOT NULL,
    CHECK (partner_company_id <> client_company_id)
);
CREATE UNIQUE INDEX partnerships_one_live_pair
    ON partnerships (partner_company_id, client_company_id) WHERE status IN ('offered', 'active');
CREATE INDEX partnerships_of_partner ON partnerships (partner_company_id, id);
CREATE INDEX partnerships_of_client ON partnerships (client_company_id, id);
