-- The people of a company who can be offered as contacts and manage partnerships. `folded` is what a
-- search looks at.
CREATE TABLE people (
    id         BLOB    NOT NULL PRIMARY KEY,
    company_id BLOB    NOT NULL REFERENCES companies,
    first_name TEXT    NOT NULL,
    last_name  TEXT    NOT NULL,
    email      TEXT    NOT NULL,
    title      TEXT,
    phone      TEXT,
    user_id    BLOB    REFERENCES users,
    folded     TEXT    NOT NULL,
    left_at    INTEGER,
    version    INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX people_of_company ON people (company_id, id);
-- A user is one person of a company.
CREATE UNIQUE INDEX people_by_user ON people (company_id, user_id) WHERE user_id IS NOT NULL;
