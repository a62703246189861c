DROP INDEX events_of_object;
