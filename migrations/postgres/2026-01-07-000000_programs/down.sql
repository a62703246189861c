DROP TABLE contract_terms;
DROP TABLE contracts;
DROP TABLE event_types;
DROP TABLE programs;
