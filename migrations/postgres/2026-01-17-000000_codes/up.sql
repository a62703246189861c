-- Coupon codes of programs. What was given to whom, and when it counted, is only ever added to.
CREATE TABLE referral_codes (
    id                 uuid             NOT NULL PRIMARY KEY,
    company_id         uuid             NOT NULL REFERENCES companies,
    program_id         uuid             NOT NULL REFERENCES programs,
    partner_company_id uuid             NOT NULL REFERENCES companies,
    code               text             NOT NULL,
    folded             text COLLATE "C" NOT NULL,
    skeleton           text COLLATE "C" NOT NULL,
    active             boolean          NOT NULL,
    valid_from         timestamptz      NOT NULL,
    valid_until        timestamptz,
    freed_at           timestamptz,
    version            bigint           NOT NULL,
    created_at         timestamptz      NOT NULL,
    updated_at         timestamptz      NOT NULL
);
CREATE UNIQUE INDEX referral_codes_one_active ON referral_codes (program_id, skeleton) WHERE active;
CREATE INDEX referral_codes_alike ON referral_codes (program_id, skeleton);
CREATE INDEX referral_codes_by_text ON referral_codes (folded, company_id);
CREATE INDEX referral_codes_of_company ON referral_codes (company_id, id);
CREATE INDEX referral_codes_of_partner ON referral_codes (partner_company_id, id);

CREATE TABLE referral_code_changes (
    code_id            uuid        NOT NULL REFERENCES referral_codes,
    sequence           bigint      NOT NULL,
    kind               text        NOT NULL CHECK (kind IN ('assigned', 'deactivated', 'activated')),
    partner_company_id uuid        NOT NULL REFERENCES companies,
    since              timestamptz NOT NULL,
    user_id            uuid,
    api_key_id         uuid,
    at                 timestamptz NOT NULL,
    PRIMARY KEY (code_id, sequence)
);

ALTER TABLE actions ADD COLUMN code text;
ALTER TABLE actions ADD COLUMN code_id uuid;
ALTER TABLE actions ADD COLUMN attributed_by text NOT NULL DEFAULT 'partner';
ALTER TABLE actions ADD COLUMN first_partner_company_id uuid;
