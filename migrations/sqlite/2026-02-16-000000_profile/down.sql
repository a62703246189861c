DROP TABLE directory_entries;
DROP TABLE company_tax;
