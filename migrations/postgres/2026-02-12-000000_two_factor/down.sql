DROP TABLE sign_in_counts;
DROP TABLE recovery_codes;
DROP TABLE second_factors;
ALTER TABLE companies DROP COLUMN require_two_factor;
