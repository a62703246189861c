-- Attribution run again over a program and a period. An action has a result if and only if it is done.
CREATE TABLE reprocessings (
    id                 BLOB    NOT NULL PRIMARY KEY,
    company_id         BLOB    NOT NULL REFERENCES companies,
    program_id         BLOB    NOT NULL REFERENCES programs,
    event_type_id      BLOB    REFERENCES event_types,
    partner_company_id BLOB,
    occurred_after     INTEGER NOT NULL,
    occurred_before    INTEGER NOT NULL,
    mode               TEXT    NOT NULL CHECK (mode IN ('dry_run', 'apply')),
    dry_run_id         BLOB    REFERENCES reprocessings,
    user_id            BLOB,
    api_key_id         BLOB,
    delegate_user_id   BLOB,
    status             TEXT    NOT NULL
        CHECK (status IN ('received', 'processing', 'completed', 'cancelled')),
    code               TEXT,
    detail             TEXT,
    total              INTEGER,
    reattributed       INTEGER NOT NULL,
    unchanged          INTEGER NOT NULL,
    skipped            INTEGER NOT NULL,
    rejected           INTEGER NOT NULL,
    done_at            INTEGER,
    done_id            BLOB,
    version            INTEGER NOT NULL,
    created_at         INTEGER NOT NULL,
    started_at         INTEGER,
    completed_at       INTEGER
) STRICT;
CREATE INDEX reprocessings_of_company ON reprocessings (company_id, id);

CREATE TABLE reprocessing_results (
    reprocessing_id         BLOB    NOT NULL,
    action_id               BLOB    NOT NULL,
    order_id                TEXT    NOT NULL,
    outcome                 TEXT    NOT NULL,
    code                    TEXT,
    from_partner_company_id BLOB    NOT NULL,
    to_partner_company_id   BLOB    NOT NULL,
    currency                TEXT    NOT NULL,
    payout_before_minor     INTEGER NOT NULL,
    payout_after_minor      INTEGER NOT NULL,
    PRIMARY KEY (reprocessing_id, action_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX reprocessing_results_by_outcome
    ON reprocessing_results (reprocessing_id, outcome, action_id);
