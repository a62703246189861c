-- How far each of those who are told everything has been told. They begin with what comes now.
CREATE TABLE event_followers (
    name     text   PRIMARY KEY,
    turn     bigint NOT NULL,
    event_id uuid   NOT NULL
);
CREATE INDEX events_in_order ON events (txid, id);
INSERT INTO event_followers (name, turn, event_id)
SELECT name, turn, event_id
FROM (VALUES ('webhooks'), ('notifications')) AS followers (name),
    (SELECT COALESCE((SELECT txid::text::bigint FROM events ORDER BY txid DESC LIMIT 1), 0) AS turn,
        'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid AS event_id) AS latest;
