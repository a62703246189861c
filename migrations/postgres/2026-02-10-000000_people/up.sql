-- The people of a company who can be offered as contacts and manage partnerships. `folded` is what a
-- search looks at.
CREATE TABLE people (
    id         uuid        NOT NULL PRIMARY KEY,
    company_id uuid        NOT NULL REFERENCES companies,
    first_name text        NOT NULL,
    last_name  text        NOT NULL,
    email      text        NOT NULL,
    title      text,
    phone      text,
    user_id    uuid        REFERENCES users,
    folded     text        NOT NULL,
    left_at    timestamptz,
    version    bigint      NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE INDEX people_of_company ON people (company_id, id);
-- A user is one person of a company.
CREATE UNIQUE INDEX people_by_user ON people (company_id, user_id) WHERE user_id IS NOT NULL;
