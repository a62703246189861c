-- What a company says to the tax office: apart from its row, which many read.
CREATE TABLE company_tax (
    company_id      BLOB NOT NULL PRIMARY KEY REFERENCES companies,
    tax_id          TEXT,
    entity_type     TEXT CHECK (entity_type IN ('individual', 'sole_proprietor', 'partnership',
        'limited_company', 'corporation', 'non_profit', 'government', 'other')),
    country         TEXT,
    vat_id          TEXT,
    document_status TEXT NOT NULL CHECK (document_status IN ('not_required', 'missing', 'sent'))
) STRICT;
-- By which beginnings a company is found that wants to be: in the order of their bytes.
CREATE TABLE directory_entries (
    phrase     TEXT NOT NULL,
    company_id BLOB NOT NULL REFERENCES companies,
    PRIMARY KEY (phrase, company_id)
) STRICT;
CREATE INDEX directory_entries_of_company ON directory_entries (company_id, phrase);
