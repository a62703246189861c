-- Offers that nobody answers expire; those that were made before do so thirty days after they were.
ALTER TABLE partnerships ADD COLUMN expires_at INTEGER;
UPDATE partnerships SET expires_at = created_at + 2592000000000;
CREATE INDEX partnerships_to_expire ON partnerships (expires_at, id) WHERE status = 'offered';
-- The people whom one side offers to the other as its contacts.
CREATE TABLE partnership_contacts (
    partnership_id BLOB    NOT NULL REFERENCES partnerships,
    person_id      BLOB    NOT NULL REFERENCES people,
    company_id     BLOB    NOT NULL REFERENCES companies,
    state          TEXT    NOT NULL
        CHECK (state IN ('offered', 'assigned', 'release_proposed', 'removed')),
    offered_at     INTEGER NOT NULL,
    updated_at     INTEGER NOT NULL,
    PRIMARY KEY (partnership_id, person_id)
) STRICT;
CREATE INDEX partnership_contacts_of_person ON partnership_contacts (person_id, partnership_id);
-- The people who manage a partnership for their own side.
CREATE TABLE partnership_managers (
    partnership_id BLOB    NOT NULL REFERENCES partnerships,
    company_id     BLOB    NOT NULL REFERENCES companies,
    person_id      BLOB    NOT NULL REFERENCES people,
    added_at       INTEGER NOT NULL,
    PRIMARY KEY (partnership_id, company_id, person_id)
) STRICT;
CREATE INDEX partnership_managers_of_person ON partnership_managers (person_id, partnership_id);
-- What a company no longer wants to see in its list.
CREATE TABLE hidden_partnerships (
    company_id     BLOB    NOT NULL REFERENCES companies,
    partnership_id BLOB    NOT NULL REFERENCES partnerships,
    hidden_at      INTEGER NOT NULL,
    PRIMARY KEY (company_id, partnership_id)
) STRICT;
-- What happened to a partnership, kept as long as it is. `shared` is what both sides may read.
CREATE TABLE partnership_history (
    id               BLOB    NOT NULL PRIMARY KEY,
    partnership_id   BLOB    NOT NULL REFERENCES partnerships,
    company_id       BLOB    NOT NULL REFERENCES companies,
    shared           INTEGER NOT NULL,
    type             TEXT    NOT NULL,
    details          TEXT    NOT NULL,
    user_id          BLOB,
    delegate_user_id BLOB,
    at               INTEGER NOT NULL
) STRICT;
CREATE INDEX partnership_history_in_order ON partnership_history (partnership_id, id);
-- It begins with the events that are still known.
INSERT INTO partnership_history
    (id, partnership_id, company_id, shared, type, details, user_id, delegate_user_id, at)
SELECT id, object_id, company_id, other_company_id IS NOT NULL, type, changes, user_id,
       delegate_user_id, at
FROM events WHERE type LIKE 'partnership.%' AND object_id IN (SELECT id FROM partnerships);
