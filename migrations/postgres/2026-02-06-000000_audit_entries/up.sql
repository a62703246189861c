-- Who did what to what, from where, and acting for whom; written beside the event of it. Sign-ins, which
-- are no events, are here too. An entry outlives what it tells of, so it refers to nothing. Nobody
-- asks for one by its id: the key is the order in which a company's entries are listed.
CREATE TABLE audit_entries (
    id               uuid        NOT NULL,
    company_id       uuid        NOT NULL,
    type             text        NOT NULL,
    object_id        uuid        NOT NULL,
    user_id          uuid,
    api_key_id       uuid,
    delegate_user_id uuid,
    address          text,
    request_id       text,
    changes          json        NOT NULL,
    at               timestamptz NOT NULL,
    PRIMARY KEY (company_id, at, id)
);
CREATE INDEX audit_entries_of_type ON audit_entries (company_id, type, at, id);
CREATE INDEX audit_entries_of_object ON audit_entries (company_id, object_id, at, id);
CREATE INDEX audit_entries_of_user ON audit_entries (company_id, user_id, at, id)
    WHERE user_id IS NOT NULL;
CREATE INDEX audit_entries_of_key ON audit_entries (company_id, api_key_id, at, id)
    WHERE api_key_id IS NOT NULL;
CREATE INDEX audit_entries_delegated ON audit_entries (company_id, at, id)
    WHERE delegate_user_id IS NOT NULL;
CREATE INDEX audit_entries_by_age ON audit_entries (at);
