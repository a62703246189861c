-- Tickets by which browsers open streams, until they are used or a minute has passed.
CREATE TABLE stream_tickets (
    id         BLOB    NOT NULL PRIMARY KEY,
    hash       BLOB    NOT NULL,
    credential BLOB    NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX stream_tickets_by_hash ON stream_tickets (hash);
CREATE INDEX stream_tickets_by_age ON stream_tickets (expires_at);
