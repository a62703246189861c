DROP TABLE adjustment_proposals;
DROP INDEX adjustments_of_partner;
DROP INDEX adjustments_of_company;
ALTER TABLE adjustments DROP COLUMN approved_by_user_id;
ALTER TABLE programs DROP COLUMN make_good_limit_minor;
