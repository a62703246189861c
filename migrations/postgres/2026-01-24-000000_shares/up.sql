-- A large batch is several jobs: its shares, each for a worker of its own.
ALTER TABLE jobs ADD COLUMN share integer NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN shares integer NOT NULL DEFAULT 1;
ALTER TABLE jobs DROP CONSTRAINT jobs_kind_subject_key;
ALTER TABLE jobs ADD UNIQUE (kind, subject, share);
