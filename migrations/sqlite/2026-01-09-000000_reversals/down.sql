DROP TABLE jobs;
DROP TABLE external_refs;
DROP TABLE reversal_lines;
DROP TABLE reversal_parts;
DROP TABLE reversals;
