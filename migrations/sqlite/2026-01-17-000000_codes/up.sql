-- Coupon codes of programs. What was given to whom, and when it counted, is only ever added to.
CREATE TABLE referral_codes (
    id                 BLOB    NOT NULL PRIMARY KEY,
    company_id         BLOB    NOT NULL REFERENCES companies,
    program_id         BLOB    NOT NULL REFERENCES programs,
    partner_company_id BLOB    NOT NULL REFERENCES companies,
    code               TEXT    NOT NULL,
    folded             TEXT    NOT NULL,
    skeleton           TEXT    NOT NULL,
    active             INTEGER NOT NULL,
    valid_from         INTEGER NOT NULL,
    valid_until        INTEGER,
    freed_at           INTEGER,
    version            INTEGER NOT NULL,
    created_at         INTEGER NOT NULL,
    updated_at         INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX referral_codes_one_active ON referral_codes (program_id, skeleton) WHERE active;
CREATE INDEX referral_codes_alike ON referral_codes (program_id, skeleton);
CREATE INDEX referral_codes_by_text ON referral_codes (folded, company_id);
CREATE INDEX referral_codes_of_company ON referral_codes (company_id, id);
CREATE INDEX referral_codes_of_partner ON referral_codes (partner_company_id, id);

CREATE TABLE referral_code_changes (
    code_id            BLOB    NOT NULL REFERENCES referral_codes,
    sequence           INTEGER NOT NULL,
    kind               TEXT    NOT NULL CHECK (kind IN ('assigned', 'deactivated', 'activated')),
    partner_company_id BLOB    NOT NULL REFERENCES companies,
    since              INTEGER NOT NULL,
    user_id            BLOB,
    api_key_id         BLOB,
    at                 INTEGER NOT NULL,
    PRIMARY KEY (code_id, sequence)
) STRICT, WITHOUT ROWID;

ALTER TABLE actions ADD COLUMN code TEXT;
ALTER TABLE actions ADD COLUMN code_id BLOB;
ALTER TABLE actions ADD COLUMN attributed_by TEXT NOT NULL DEFAULT 'partner';
ALTER TABLE actions ADD COLUMN first_partner_company_id BLOB;
