-- SQLite keeps documents as they were written already.
SELECT 1;
