ALTER TABLE reversal_lines DROP COLUMN adjustment_id;
