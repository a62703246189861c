-- What a company says to the tax office: apart from its row, which many read.
CREATE TABLE company_tax (
    company_id      uuid NOT NULL PRIMARY KEY REFERENCES companies,
    tax_id          text,
    entity_type     text CHECK (entity_type IN ('individual', 'sole_proprietor', 'partnership',
        'limited_company', 'corporation', 'non_profit', 'government', 'other')),
    country         text,
    vat_id          text,
    document_status text NOT NULL CHECK (document_status IN ('not_required', 'missing', 'sent'))
);
-- By which beginnings a company is found that wants to be: in the order of their bytes.
CREATE TABLE directory_entries (
    phrase     text COLLATE "C" NOT NULL,
    company_id uuid NOT NULL REFERENCES companies,
    PRIMARY KEY (phrase, company_id)
);
CREATE INDEX directory_entries_of_company ON directory_entries (company_id, phrase);
