-- Where a company is paid: apart from its row, which many read.
CREATE TABLE company_payment (
    company_id      uuid NOT NULL PRIMARY KEY REFERENCES companies,
    method          text NOT NULL CHECK (method IN ('bank_transfer', 'paypal')),
    holder          text NOT NULL,
    -- Sealed with the server's key.
    account         bytea NOT NULL,
    account_last4   text NOT NULL,
    bank_code       text,
    currency        text NOT NULL,
    threshold_minor bigint NOT NULL CHECK (threshold_minor >= 0),
    redirected_at   timestamptz NOT NULL
);
