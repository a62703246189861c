-- What the other shares had left, the first one does: the lines that are done have their outcomes.
CREATE TABLE jobs_without_shares (
    id          BLOB    NOT NULL PRIMARY KEY,
    kind        TEXT    NOT NULL,
    subject     BLOB    NOT NULL,
    run_at      INTEGER NOT NULL,
    attempts    INTEGER NOT NULL,
    step        INTEGER NOT NULL,
    worker_id   BLOB,
    lease_until INTEGER,
    last_error  TEXT,
    created_at  INTEGER NOT NULL,
    UNIQUE (kind, subject)
) STRICT;
INSERT INTO jobs_without_shares
SELECT id, kind, subject, run_at, attempts, step, worker_id, lease_until, last_error, created_at
FROM jobs
WHERE NOT EXISTS (
    SELECT 1 FROM jobs AS earlier
    WHERE earlier.kind = jobs.kind AND earlier.subject = jobs.subject AND earlier.share < jobs.share
);
DROP TABLE jobs;
ALTER TABLE jobs_without_shares RENAME TO jobs;
CREATE INDEX jobs_by_turn ON jobs (run_at, id);
