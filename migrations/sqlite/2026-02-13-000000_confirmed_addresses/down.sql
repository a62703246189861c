DROP TABLE email_changes;
DROP TABLE registrations;
ALTER TABLE users DROP COLUMN email_confirmed_at;
