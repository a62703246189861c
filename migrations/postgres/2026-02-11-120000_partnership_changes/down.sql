DROP TABLE partnership_changes;
ALTER TABLE partnerships DROP COLUMN open_changes;
ALTER TABLE partnerships DROP COLUMN description;
