DROP INDEX sessions_seen;
DROP INDEX sessions_live;
ALTER TABLE sessions DROP COLUMN agent;
ALTER TABLE sessions DROP COLUMN address;
ALTER TABLE sessions DROP COLUMN seen_at;
DROP INDEX memberships_of_company;
CREATE INDEX memberships_of_company ON memberships (company_id);
ALTER TABLE memberships DROP COLUMN version;
DROP TABLE invitations;
