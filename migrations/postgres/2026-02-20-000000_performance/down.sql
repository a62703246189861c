DROP TABLE performance_places;
DROP TABLE performance_program_days;
DROP TABLE performance_days;
DROP INDEX adjustments_in_order;
ALTER TABLE adjustments DROP COLUMN txid;
DROP INDEX action_updates_in_order;
DROP TABLE earlier_zones;
ALTER TABLE actions DROP COLUMN occurred_on;
