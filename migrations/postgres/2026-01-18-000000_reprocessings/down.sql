DROP TABLE reprocessing_results;
DROP TABLE reprocessings;
