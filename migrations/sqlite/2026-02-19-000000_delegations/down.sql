DROP INDEX audit_entries_of_session;
ALTER TABLE audit_entries DROP COLUMN on_behalf_of_company_id;
ALTER TABLE audit_entries DROP COLUMN delegate_company_id;
ALTER TABLE audit_entries DROP COLUMN session_id;
DROP TABLE delegated_sessions;
