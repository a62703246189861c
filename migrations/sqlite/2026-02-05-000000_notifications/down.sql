DROP INDEX memberships_of_company;
DROP TABLE notification_preferences;
DROP TABLE notifications;
