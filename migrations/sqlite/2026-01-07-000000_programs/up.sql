CREATE TABLE programs (
    id           BLOB    NOT NULL PRIMARY KEY,
    company_id   BLOB    NOT NULL REFERENCES companies,
    name         TEXT    NOT NULL,
    currency     TEXT    NOT NULL,
    time_zone    TEXT    NOT NULL,
    lock_horizon INTEGER NOT NULL,
    version      INTEGER NOT NULL,
    created_at   INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL
) STRICT;
CREATE INDEX programs_of_company ON programs (company_id, id);

CREATE TABLE event_types (
    id         BLOB    NOT NULL PRIMARY KEY,
    company_id BLOB    NOT NULL REFERENCES companies,
    program_id BLOB    NOT NULL REFERENCES programs,
    name       TEXT    NOT NULL,
    code       TEXT    NOT NULL,
    kind       TEXT    NOT NULL CHECK (kind IN ('sale', 'lead', 'install')),
    dedup_days INTEGER,
    version    INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    UNIQUE (company_id, code)
) STRICT;
CREATE INDEX event_types_of_program ON event_types (program_id, id);

CREATE TABLE contracts (
    id                 BLOB    NOT NULL PRIMARY KEY,
    program_id         BLOB    NOT NULL REFERENCES programs,
    brand_company_id   BLOB    NOT NULL REFERENCES companies,
    partner_company_id BLOB    NOT NULL REFERENCES companies,
    currency           TEXT    NOT NULL,
    status             TEXT    NOT NULL
        CHECK (status IN ('proposed', 'active', 'declined', 'withdrawn', 'ended')),
    starts_on          TEXT,
    ends_on            TEXT,
    version            INTEGER NOT NULL,
    created_at         INTEGER NOT NULL,
    answered_at        INTEGER,
    ended_at           INTEGER,
    updated_at         INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX contracts_one_active ON contracts (program_id, partner_company_id)
    WHERE status = 'active';
CREATE INDEX contracts_of_brand ON contracts (brand_company_id, id);
CREATE INDEX contracts_of_partner ON contracts (partner_company_id, id);

CREATE TABLE contract_terms (
    id            BLOB    NOT NULL PRIMARY KEY,
    contract_id   BLOB    NOT NULL REFERENCES contracts,
    number        INTEGER NOT NULL,
    status        TEXT    NOT NULL CHECK (status IN ('proposed', 'accepted', 'declined', 'withdrawn')),
    terms         TEXT    NOT NULL,
    starts_on     TEXT,
    in_force_from INTEGER,
    created_at    INTEGER NOT NULL,
    answered_at   INTEGER,
    UNIQUE (contract_id, number)
) STRICT;
