DROP TABLE event_followers;
