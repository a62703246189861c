DROP TABLE reversal_uploads;
