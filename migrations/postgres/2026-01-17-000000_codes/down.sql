ALTER TABLE actions DROP COLUMN first_partner_company_id;
ALTER TABLE actions DROP COLUMN attributed_by;
ALTER TABLE actions DROP COLUMN code_id;
ALTER TABLE actions DROP COLUMN code;
DROP TABLE referral_code_changes;
DROP TABLE referral_codes;
