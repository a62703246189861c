CREATE TABLE programs (
    id           uuid        NOT NULL PRIMARY KEY,
    company_id   uuid        NOT NULL REFERENCES companies,
    name         text        NOT NULL,
    currency     text        NOT NULL,
    time_zone    text        NOT NULL,
    lock_horizon timestamptz NOT NULL,
    version      bigint      NOT NULL,
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL
);
CREATE INDEX programs_of_company ON programs (company_id, id);

CREATE TABLE event_types (
    id         uuid        NOT NULL PRIMARY KEY,
    company_id uuid        NOT NULL REFERENCES companies,
    program_id uuid        NOT NULL REFERENCES programs,
    name       text        NOT NULL,
    code       text        NOT NULL,
    kind       text        NOT NULL CHECK (kind IN ('sale', 'lead', 'install')),
    dedup_days integer,
    version    bigint      NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    UNIQUE (company_id, code)
);
CREATE INDEX event_types_of_program ON event_types (program_id, id);

CREATE TABLE contracts (
    id                 uuid        NOT NULL PRIMARY KEY,
    program_id         uuid        NOT NULL REFERENCES programs,
    brand_company_id   uuid        NOT NULL REFERENCES companies,
    partner_company_id uuid        NOT NULL REFERENCES companies,
    currency           text        NOT NULL,
    status             text        NOT NULL
        CHECK (status IN ('proposed', 'active', 'declined', 'withdrawn', 'ended')),
    starts_on          text,
    ends_on            text,
    version            bigint      NOT NULL,
    created_at         timestamptz NOT NULL,
    answered_at        timestamptz,
    ended_at           timestamptz,
    updated_at         timestamptz NOT NULL
);
CREATE UNIQUE INDEX contracts_one_active ON contracts (program_id, partner_company_id)
    WHERE status = 'active';
CREATE INDEX contracts_of_brand ON contracts (brand_company_id, id);
CREATE INDEX contracts_of_partner ON contracts (partner_company_id, id);

CREATE TABLE contract_terms (
    id            uuid        NOT NULL PRIMARY KEY,
    contract_id   uuid        NOT NULL REFERENCES contracts,
    number        integer     NOT NULL,
    status        text        NOT NULL CHECK (status IN ('proposed', 'accepted', 'declined', 'withdrawn')),
    terms         jsonb       NOT NULL,
    starts_on     text,
    in_force_from timestamptz,
    created_at    timestamptz NOT NULL,
    answered_at   timestamptz,
    UNIQUE (contract_id, number)
);
