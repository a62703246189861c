DROP TABLE partnership_grants;
