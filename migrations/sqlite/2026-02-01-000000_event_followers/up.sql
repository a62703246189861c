-- How far each of those who are told everything has been told. They begin with what comes now.
CREATE TABLE event_followers (
    name     TEXT    NOT NULL PRIMARY KEY,
    turn     INTEGER NOT NULL,
    event_id BLOB    NOT NULL
) STRICT;
INSERT INTO event_followers (name, turn, event_id)
SELECT name, turn, event_id
FROM (SELECT 'webhooks' AS name UNION ALL SELECT 'notifications'),
    (SELECT COALESCE(MAX(seq), 0) AS turn, x'ffffffffffffffffffffffffffffffff' AS event_id
        FROM events);
