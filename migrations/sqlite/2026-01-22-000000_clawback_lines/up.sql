-- A line about an action that has locked may have become an adjustment beside it.
ALTER TABLE reversal_lines ADD COLUMN adjustment_id BLOB;
