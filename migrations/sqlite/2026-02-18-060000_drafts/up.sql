-- A change may wait as a draft that its own side alone sees, and may answer another one.
CREATE TABLE partnership_changes_anew (
    id                     BLOB    NOT NULL PRIMARY KEY,
    partnership_id         BLOB    NOT NULL REFERENCES partnerships,
    proposed_by_company_id BLOB    NOT NULL REFERENCES companies,
    status                 TEXT    NOT NULL
        CHECK (status IN ('draft', 'proposed', 'accepted', 'declined', 'withdrawn', 'cancelled')),
    reason                 TEXT    NOT NULL,
    operations             TEXT    NOT NULL,
    comment                TEXT,
    version                INTEGER NOT NULL,
    created_at             INTEGER NOT NULL,
    decided_at             INTEGER,
    updated_at             INTEGER NOT NULL,
    counters_change_id     BLOB,
    countered_by_change_id BLOB
) STRICT;
INSERT INTO partnership_changes_anew
SELECT id, partnership_id, proposed_by_company_id, status, reason, operations, comment, version,
       created_at, decided_at, updated_at, NULL, NULL
FROM partnership_changes;
DROP TABLE partnership_changes;
ALTER TABLE partnership_changes_anew RENAME TO partnership_changes;
CREATE INDEX partnership_changes_in_order ON partnership_changes (partnership_id, id);
-- Each side has one open change, and beside it one draft.
CREATE UNIQUE INDEX partnership_changes_open
    ON partnership_changes (partnership_id, proposed_by_company_id) WHERE status = 'proposed';
CREATE UNIQUE INDEX partnership_changes_draft
    ON partnership_changes (partnership_id, proposed_by_company_id) WHERE status = 'draft';
