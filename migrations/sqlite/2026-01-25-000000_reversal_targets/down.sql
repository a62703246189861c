ALTER TABLE jobs DROP COLUMN listed_until;
ALTER TABLE jobs DROP COLUMN listed_at;
DROP TABLE reversal_targets;
