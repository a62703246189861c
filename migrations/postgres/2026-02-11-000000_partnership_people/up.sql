-- Offers that nobody answers expire; those that were made before do so thirty days after they were.
ALTER TABLE partnerships ADD COLUMN expires_at timestamptz;
UPDATE partnerships SET expires_at = created_at + interval '30 days';
CREATE INDEX partnerships_to_expire ON partnerships (expires_at, id) WHERE status = 'offered';
-- The people whom one side offers to the other as its contacts.
CREATE TABLE partnership_contacts (
    partnership_id uuid        NOT NULL REFERENCES partnerships,
    person_id      uuid        NOT NULL REFERENCES people,
    company_id     uuid        NOT NULL REFERENCES companies,
    state          text        NOT NULL
        CHECK (state IN ('offered', 'assigned', 'release_proposed', 'removed')),
    offered_at     timestamptz NOT NULL,
    updated_at     timestamptz NOT NULL,
    PRIMARY KEY (partnership_id, person_id)
);
CREATE INDEX partnership_contacts_of_person ON partnership_contacts (person_id, partnership_id);
-- The people who manage a partnership for their own side.
CREATE TABLE partnership_managers (
    partnership_id uuid        NOT NULL REFERENCES partnerships,
    company_id     uuid        NOT NULL REFERENCES companies,
    person_id      uuid        NOT NULL REFERENCES people,
    added_at       timestamptz NOT NULL,
    PRIMARY KEY (partnership_id, company_id, person_id)
);
CREATE INDEX partnership_managers_of_person ON partnership_managers (person_id, partnership_id);
-- What a company no longer wants to see in its list.
CREATE TABLE hidden_partnerships (
    company_id     uuid        NOT NULL REFERENCES companies,
    partnership_id uuid        NOT NULL REFERENCES partnerships,
    hidden_at      timestamptz NOT NULL,
    PRIMARY KEY (company_id, partnership_id)
);
-- What happened to a partnership, kept as long as it is. `shared` is what both sides may read.
CREATE TABLE partnership_history (
    id               uuid        NOT NULL PRIMARY KEY,
    partnership_id   uuid        NOT NULL REFERENCES partnerships,
    company_id       uuid        NOT NULL REFERENCES companies,
    shared           boolean     NOT NULL,
    type             text        NOT NULL,
    details          json        NOT NULL,
    user_id          uuid,
    delegate_user_id uuid,
    at               timestamptz NOT NULL
);
CREATE INDEX partnership_history_in_order ON partnership_history (partnership_id, id);
-- It begins with the events that are still known.
INSERT INTO partnership_history
    (id, partnership_id, company_id, shared, type, details, user_id, delegate_user_id, at)
SELECT id, object_id, company_id, other_company_id IS NOT NULL, type, changes::json, user_id,
       delegate_user_id, at
FROM events WHERE type LIKE 'partnership.%' AND object_id IN (SELECT id FROM partnerships);
