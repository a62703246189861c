DROP INDEX actions_to_clear;
ALTER TABLE actions DROP COLUMN cleared;
DROP INDEX action_updates_of_partner;
DROP INDEX action_updates_of_company;
ALTER TABLE action_updates DROP COLUMN txid;
