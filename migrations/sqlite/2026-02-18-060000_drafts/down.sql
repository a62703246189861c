-- The program before this knows no drafts. What nobody but its own side has seen is deleted with them.
CREATE TABLE partnership_changes_before (
    id                     BLOB    NOT NULL PRIMARY KEY,
    partnership_id         BLOB    NOT NULL REFERENCES partnerships,
    proposed_by_company_id BLOB    NOT NULL REFERENCES companies,
    status                 TEXT    NOT NULL
        CHECK (status IN ('proposed', 'accepted', 'declined', 'withdrawn', 'cancelled')),
    reason                 TEXT    NOT NULL,
    operations             TEXT    NOT NULL,
    comment                TEXT,
    version                INTEGER NOT NULL,
    created_at             INTEGER NOT NULL,
    decided_at             INTEGER,
    updated_at             INTEGER NOT NULL
) STRICT;
INSERT INTO partnership_changes_before
SELECT id, partnership_id, proposed_by_company_id, status, reason, operations, comment, version,
       created_at, decided_at, updated_at
FROM partnership_changes WHERE status <> 'draft';
DROP TABLE partnership_changes;
ALTER TABLE partnership_changes_before RENAME TO partnership_changes;
CREATE INDEX partnership_changes_in_order ON partnership_changes (partnership_id, id);
CREATE UNIQUE INDEX partnership_changes_open
    ON partnership_changes (partnership_id, proposed_by_company_id) WHERE status = 'proposed';
