DROP INDEX action_updates_of_partner;
DROP INDEX action_updates_of_company;
ALTER TABLE action_updates DROP COLUMN txid;
