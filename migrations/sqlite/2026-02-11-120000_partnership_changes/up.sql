-- What both sides say of a partnership, and how many changes of it wait for an answer.
ALTER TABLE partnerships ADD COLUMN description TEXT;
ALTER TABLE partnerships ADD COLUMN open_changes INTEGER NOT NULL DEFAULT 0;
-- Changes that one side proposes and the other accepts or declines.
CREATE TABLE partnership_changes (
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
CREATE INDEX partnership_changes_in_order ON partnership_changes (partnership_id, id);
-- Each side has one open change.
CREATE UNIQUE INDEX partnership_changes_open
    ON partnership_changes (partnership_id, proposed_by_company_id) WHERE status = 'proposed';
