-- A company's own notes about another one. What is deleted keeps its author and its times, and no word.
CREATE TABLE notes (
    id               BLOB    NOT NULL PRIMARY KEY,
    company_id       BLOB    NOT NULL REFERENCES companies,
    other_company_id BLOB    NOT NULL REFERENCES companies,
    kind             TEXT    NOT NULL
        CHECK (kind IN ('note', 'call', 'email', 'meeting', 'chat')),
    text             TEXT    NOT NULL,
    occurred_at      INTEGER NOT NULL,
    participants     TEXT    NOT NULL,
    pinned           INTEGER NOT NULL,
    user_id          BLOB,
    api_key_id       BLOB,
    version          INTEGER NOT NULL,
    created_at       INTEGER NOT NULL,
    updated_at       INTEGER NOT NULL,
    edited_at        INTEGER,
    deleted_at       INTEGER
) STRICT;
CREATE INDEX notes_of_relation ON notes (company_id, other_company_id, occurred_at, id);
CREATE INDEX notes_pinned ON notes (company_id, other_company_id, pinned, occurred_at, id);
-- The words of each, folded, by which notes are found.
CREATE TABLE note_words (
    note_id BLOB NOT NULL REFERENCES notes,
    word    TEXT NOT NULL,
    PRIMARY KEY (note_id, word)
) STRICT, WITHOUT ROWID;
