-- What the other shares had left, the first one does: the lines that are done have their outcomes.
DELETE FROM jobs WHERE EXISTS (
    SELECT 1 FROM jobs AS earlier
    WHERE earlier.kind = jobs.kind AND earlier.subject = jobs.subject AND earlier.share < jobs.share
);
ALTER TABLE jobs DROP CONSTRAINT jobs_kind_subject_share_key;
ALTER TABLE jobs ADD UNIQUE (kind, subject);
ALTER TABLE jobs DROP COLUMN shares;
ALTER TABLE jobs DROP COLUMN share;
