DROP INDEX events_in_order;
DROP TABLE event_followers;
