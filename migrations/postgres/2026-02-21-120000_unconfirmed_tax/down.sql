ALTER TABLE company_tax DROP COLUMN unconfirmed_since;
