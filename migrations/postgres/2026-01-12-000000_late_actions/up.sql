ALTER TABLE actions ADD COLUMN late boolean NOT NULL DEFAULT false;
