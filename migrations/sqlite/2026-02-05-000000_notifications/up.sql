-- What people are told, each for oneself, and how they want to be told. `number` counts in the order
-- in which they were told: one server tells at a time.
CREATE TABLE notifications (
    id               BLOB    NOT NULL PRIMARY KEY,
    number           INTEGER NOT NULL,
    user_id          BLOB    NOT NULL REFERENCES users,
    company_id       BLOB    NOT NULL REFERENCES companies,
    kind             TEXT    NOT NULL,
    what             TEXT    NOT NULL,
    event_id         BLOB    NOT NULL,
    object_id        BLOB    NOT NULL,
    other_company_id BLOB,
    least_role       TEXT    NOT NULL
        CHECK (least_role IN ('viewer', 'member', 'manager', 'admin', 'owner')),
    in_app           INTEGER NOT NULL,
    created_at       INTEGER NOT NULL,
    read_at          INTEGER,
    digest_at        INTEGER
) STRICT;
CREATE UNIQUE INDEX notifications_in_order ON notifications (number);
CREATE INDEX notifications_of_user ON notifications (user_id, company_id, number);
CREATE INDEX notifications_unread ON notifications (user_id, company_id, number)
    WHERE in_app AND read_at IS NULL;
CREATE INDEX notifications_to_digest ON notifications (digest_at, user_id, company_id)
    WHERE digest_at IS NOT NULL;
CREATE INDEX notifications_by_age ON notifications (created_at);
CREATE TABLE notification_preferences (
    user_id    BLOB    NOT NULL REFERENCES users,
    company_id BLOB    NOT NULL REFERENCES companies,
    kind       TEXT    NOT NULL,
    in_app     INTEGER NOT NULL,
    email      TEXT    NOT NULL CHECK (email IN ('at_once', 'daily', 'off')),
    PRIMARY KEY (user_id, company_id, kind)
) STRICT;
-- Who is concerned is found by the company.
CREATE INDEX memberships_of_company ON memberships (company_id);
