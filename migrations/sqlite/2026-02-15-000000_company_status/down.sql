DROP INDEX sessions_live_of_company;
DROP TABLE company_status_changes;
