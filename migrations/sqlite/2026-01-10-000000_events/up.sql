CREATE TABLE events (
    seq              INTEGER NOT NULL PRIMARY KEY,
    id               BLOB    NOT NULL,
    company_id       BLOB    NOT NULL,
    other_company_id BLOB,
    type             TEXT    NOT NULL,
    object_id        BLOB    NOT NULL,
    sequence         INTEGER NOT NULL,
    changes          TEXT    NOT NULL,
    user_id          BLOB,
    api_key_id       BLOB,
    delegate_user_id BLOB,
    at               INTEGER NOT NULL
) STRICT;
CREATE INDEX events_of_company ON events (company_id, seq);
CREATE INDEX events_of_other ON events (other_company_id, seq) WHERE other_company_id IS NOT NULL;
