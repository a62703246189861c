-- A company's own notes about another one. What is deleted keeps its author and its times, and no word.
CREATE TABLE notes (
    id               uuid        NOT NULL PRIMARY KEY,
    company_id       uuid        NOT NULL REFERENCES companies,
    other_company_id uuid        NOT NULL REFERENCES companies,
    kind             text        NOT NULL
        CHECK (kind IN ('note', 'call', 'email', 'meeting', 'chat')),
    text             text        NOT NULL,
    occurred_at      timestamptz NOT NULL,
    participants     json        NOT NULL,
    pinned           boolean     NOT NULL,
    user_id          uuid,
    api_key_id       uuid,
    version          bigint      NOT NULL,
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL,
    edited_at        timestamptz,
    deleted_at       timestamptz
);
CREATE INDEX notes_of_relation ON notes (company_id, other_company_id, occurred_at, id);
CREATE INDEX notes_pinned ON notes (company_id, other_company_id, pinned, occurred_at, id);
-- The words of each, folded, by which notes are found.
CREATE TABLE note_words (
    note_id uuid NOT NULL REFERENCES notes,
    word    text COLLATE "C" NOT NULL,
    PRIMARY KEY (note_id, word)
);
