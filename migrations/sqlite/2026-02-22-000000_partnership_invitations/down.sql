-- Words of notifications that the older program cannot read.
DELETE FROM notifications WHERE what IN ('partnership_claimed', 'partnership_unclaimed');
DROP TABLE partnership_invitations;
