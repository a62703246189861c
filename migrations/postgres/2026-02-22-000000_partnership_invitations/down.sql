DROP TABLE partnership_invitations;
