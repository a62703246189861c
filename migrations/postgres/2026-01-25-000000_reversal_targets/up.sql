-- What a batch that is at work names and that locks soon, or whose hold ends soon.
CREATE TABLE reversal_targets (
    reversal_id uuid NOT NULL,
    action_id   uuid NOT NULL,
    PRIMARY KEY (reversal_id, action_id)
);
-- When the worker of a share listed that, and up to which moment.
ALTER TABLE jobs ADD COLUMN listed_at timestamptz;
ALTER TABLE jobs ADD COLUMN listed_until timestamptz;
