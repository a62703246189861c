-- Somebody of another company has said what is for the tax office, and no owner has confirmed it.
ALTER TABLE company_tax ADD COLUMN unconfirmed_since timestamptz;
