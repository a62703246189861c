-- A large batch is several jobs: its shares, each for a worker of its own.
CREATE TABLE jobs_with_shares (
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
    share       INTEGER NOT NULL DEFAULT 0,
    shares      INTEGER NOT NULL DEFAULT 1,
    UNIQUE (kind, subject, share)
) STRICT;
INSERT INTO jobs_with_shares
SELECT id, kind, subject, run_at, attempts, step, worker_id, lease_until, last_error, created_at, 0, 1
FROM jobs;
DROP TABLE jobs;
ALTER TABLE jobs_with_shares RENAME TO jobs;
CREATE INDEX jobs_by_turn ON jobs (run_at, id);
