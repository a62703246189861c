DROP TABLE company_payment;
