DROP TABLE partnership_history;
DROP TABLE hidden_partnerships;
DROP TABLE partnership_managers;
DROP TABLE partnership_contacts;
DROP INDEX partnerships_to_expire;
ALTER TABLE partnerships DROP COLUMN expires_at;
