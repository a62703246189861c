CREATE TABLE events (
    txid             xid8        NOT NULL DEFAULT pg_current_xact_id(),
    id               uuid        NOT NULL,
    company_id       uuid        NOT NULL,
    other_company_id uuid,
    type             text        NOT NULL,
    object_id        uuid        NOT NULL,
    sequence         bigint      NOT NULL,
    changes          jsonb       NOT NULL,
    user_id          uuid,
    api_key_id       uuid,
    delegate_user_id uuid,
    at               timestamptz NOT NULL
);
CREATE INDEX events_of_company ON events (company_id, txid, id);
CREATE INDEX events_of_other ON events (other_company_id, txid, id) WHERE other_company_id IS NOT NULL;
