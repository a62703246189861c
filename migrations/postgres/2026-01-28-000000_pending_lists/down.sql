DROP INDEX actions_locking_of_partner;
DROP INDEX actions_locking_of_company;
