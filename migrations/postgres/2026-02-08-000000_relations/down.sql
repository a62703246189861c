DROP TABLE company_tags;
DROP TABLE account_owners;
DROP TABLE relations;
