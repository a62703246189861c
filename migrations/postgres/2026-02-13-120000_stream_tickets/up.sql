-- Tickets by which browsers open streams, until they are used or a minute has passed.
CREATE TABLE stream_tickets (
    id         uuid        NOT NULL PRIMARY KEY,
    hash       bytea       NOT NULL,
    credential bytea       NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX stream_tickets_by_hash ON stream_tickets (hash);
CREATE INDEX stream_tickets_by_age ON stream_tickets (expires_at);
