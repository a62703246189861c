-- What the bytes of files are, each content once. It may go from `due_at` on, unless something refers
-- to it; once it is let go, its bytes are removed, and the same content begins anew under another id.
CREATE TABLE blobs (
    id         uuid    NOT NULL PRIMARY KEY,
    digest     bytea   NOT NULL,
    size_bytes bigint NOT NULL,
    due_at     timestamptz,
    let_go_at  timestamptz
);
CREATE UNIQUE INDEX blobs_of_content ON blobs (digest) WHERE let_go_at IS NULL;
CREATE INDEX blobs_due ON blobs (due_at) WHERE let_go_at IS NULL AND due_at IS NOT NULL;
CREATE INDEX blobs_let_go ON blobs (let_go_at) WHERE let_go_at IS NOT NULL;
-- Files as they were uploaded: of nothing yet, or of one note.
CREATE TABLE attachments (
    id           uuid    NOT NULL PRIMARY KEY,
    company_id   uuid    NOT NULL REFERENCES companies,
    blob_id      uuid    NOT NULL REFERENCES blobs,
    name         text    NOT NULL,
    content_type text    NOT NULL,
    size_bytes   bigint NOT NULL,
    digest       bytea   NOT NULL,
    user_id      uuid,
    api_key_id   uuid,
    note_id      uuid REFERENCES notes,
    place        integer NOT NULL,
    created_at   timestamptz NOT NULL
);
CREATE INDEX attachments_of_note ON attachments (note_id, place) WHERE note_id IS NOT NULL;
CREATE INDEX attachments_of_nothing ON attachments (created_at) WHERE note_id IS NULL;
CREATE INDEX attachments_of_blob ON attachments (blob_id);
-- The picture of a company.
CREATE TABLE company_logos (
    company_id   uuid    NOT NULL PRIMARY KEY REFERENCES companies,
    blob_id      uuid    NOT NULL REFERENCES blobs,
    content_type text    NOT NULL,
    size_bytes   bigint NOT NULL,
    digest       bytea   NOT NULL
);
CREATE INDEX company_logos_of_blob ON company_logos (blob_id);
