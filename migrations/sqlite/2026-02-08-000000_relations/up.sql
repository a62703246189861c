-- What a company privately keeps about a company that it works with, or once did, and about itself a row
-- for its own place in the list. `name` and `words` are those of the other one, folded, so that a
-- company's list has an order of its own; of rows that are here already they are the engine's own folding
-- until the company is next edited. The partnerships are those that are offered or active.
CREATE TABLE relations (
    company_id             BLOB    NOT NULL REFERENCES companies,
    other_company_id       BLOB    NOT NULL REFERENCES companies,
    name                   TEXT    NOT NULL,
    words                  TEXT    NOT NULL,
    is_live                INTEGER NOT NULL,
    partner_partnership_id BLOB,
    partner_status         TEXT    CHECK (partner_status IN ('offered', 'active')),
    client_partnership_id  BLOB,
    client_status          TEXT    CHECK (client_status IN ('offered', 'active')),
    account_owner_id       BLOB    REFERENCES users,
    notes_count            INTEGER NOT NULL,
    last_note_at           INTEGER,
    last_activity_at       INTEGER NOT NULL,
    version                INTEGER NOT NULL,
    PRIMARY KEY (company_id, other_company_id)
) STRICT;
CREATE INDEX relations_by_name ON relations (company_id, is_live, name, other_company_id);
CREATE INDEX relations_by_activity
    ON relations (company_id, is_live, last_activity_at, other_company_id);
-- A company that takes another name is listed under it by all who know it.
CREATE INDEX relations_of_other ON relations (other_company_id);

INSERT INTO relations (company_id, other_company_id, name, words, is_live, notes_count,
                       last_activity_at, version)
SELECT id, id, substr(lower(name), 1, 60),
       ' ' || lower(replace(replace(replace(replace(
           name || ' ' || coalesce(website, ''), '.', ' '), '/', ' '), ':', ' '), '-', ' ')),
       1, 0, created_at, 1
FROM companies;
INSERT INTO relations (company_id, other_company_id, name, words, is_live, notes_count,
                       last_activity_at, version)
SELECT pairs.company_id, pairs.other_company_id, substr(lower(companies.name), 1, 60),
       ' ' || lower(replace(replace(replace(replace(
           companies.name || ' ' || coalesce(companies.website, ''),
           '.', ' '), '/', ' '), ':', ' '), '-', ' ')),
       max(pairs.is_live), 0, max(pairs.updated_at), 1
FROM (SELECT client_company_id AS company_id, partner_company_id AS other_company_id,
             status IN ('offered', 'active') AS is_live, updated_at
      FROM partnerships
      UNION ALL
      SELECT partner_company_id, client_company_id, status IN ('offered', 'active'), updated_at
      FROM partnerships) AS pairs
JOIN companies ON companies.id = pairs.other_company_id
GROUP BY pairs.company_id, pairs.other_company_id, companies.name, companies.website;
UPDATE relations SET (partner_partnership_id, partner_status) =
    (SELECT id, status FROM partnerships
     WHERE client_company_id = relations.company_id
       AND partner_company_id = relations.other_company_id AND status IN ('offered', 'active'));
UPDATE relations SET (client_partnership_id, client_status) =
    (SELECT id, status FROM partnerships
     WHERE partner_company_id = relations.company_id
       AND client_company_id = relations.other_company_id AND status IN ('offered', 'active'));

-- Who of a company looked after another one, from when until when.
CREATE TABLE account_owners (
    id               BLOB    NOT NULL PRIMARY KEY,
    company_id       BLOB    NOT NULL REFERENCES companies,
    other_company_id BLOB    NOT NULL REFERENCES companies,
    user_id          BLOB    NOT NULL REFERENCES users,
    assigned_by      BLOB,
    assigned_at      INTEGER NOT NULL,
    cleared_by       BLOB,
    cleared_at       INTEGER,
    cleared_because  TEXT    CHECK (cleared_because IN ('replaced', 'cleared', 'member_left')),
    version          INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX account_owners_current ON account_owners (company_id, other_company_id)
    WHERE cleared_at IS NULL;
CREATE INDEX account_owners_of_relation ON account_owners (company_id, other_company_id, id);
CREATE INDEX account_owners_of_user ON account_owners (company_id, user_id, id)
    WHERE cleared_at IS NULL;

-- Private labels, normalised.
CREATE TABLE company_tags (
    company_id       BLOB NOT NULL REFERENCES companies,
    other_company_id BLOB NOT NULL REFERENCES companies,
    tag              TEXT NOT NULL,
    PRIMARY KEY (company_id, other_company_id, tag)
) STRICT, WITHOUT ROWID;
