-- What happened to one thing.
CREATE INDEX events_of_object ON events (object_id, seq);
