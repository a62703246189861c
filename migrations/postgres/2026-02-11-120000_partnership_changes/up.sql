-- What both sides say of a partnership, and how many changes of it wait for an answer.
ALTER TABLE partnerships ADD COLUMN description text;
ALTER TABLE partnerships ADD COLUMN open_changes bigint NOT NULL DEFAULT 0;
-- Changes that one side proposes and the other accepts or declines.
CREATE TABLE partnership_changes (
    id                     uuid        NOT NULL PRIMARY KEY,
    partnership_id         uuid        NOT NULL REFERENCES partnerships,
    proposed_by_company_id uuid        NOT NULL REFERENCES companies,
    status                 text        NOT NULL
        CHECK (status IN ('proposed', 'accepted', 'declined', 'withdrawn', 'cancelled')),
    reason                 text        NOT NULL,
    operations             json        NOT NULL,
    comment                text,
    version                bigint      NOT NULL,
    created_at             timestamptz NOT NULL,
    decided_at             timestamptz,
    updated_at             timestamptz NOT NULL
);
CREATE INDEX partnership_changes_in_order ON partnership_changes (partnership_id, id);
-- Each side has one open change.
CREATE UNIQUE INDEX partnership_changes_open
    ON partnership_changes (partnership_id, proposed_by_company_id) WHERE status = 'proposed';
