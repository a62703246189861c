-- What a batch that is at work names and that locks soon, or whose hold ends soon.
CREATE TABLE reversal_targets (
    reversal_id BLOB NOT NULL,
    action_id   BLOB NOT NULL,
    PRIMARY KEY (reversal_id, action_id)
) STRICT, WITHOUT ROWID;
-- When the worker of a share listed that, and up to which moment.
ALTER TABLE jobs ADD COLUMN listed_at INTEGER;
ALTER TABLE jobs ADD COLUMN listed_until INTEGER;
