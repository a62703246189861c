DROP TABLE company_logos;
DROP TABLE attachments;
DROP TABLE blobs;
