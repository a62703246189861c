-- Where a company is paid: apart from its row, which many read.
CREATE TABLE company_payment (
    company_id      BLOB NOT NULL PRIMARY KEY REFERENCES companies,
    method          TEXT NOT NULL CHECK (method IN ('bank_transfer', 'paypal')),
    holder          TEXT NOT NULL,
    -- Sealed with the server's key.
    account         BLOB NOT NULL,
    account_last4   TEXT NOT NULL,
    bank_code       TEXT,
    currency        TEXT NOT NULL,
    threshold_minor INTEGER NOT NULL CHECK (threshold_minor >= 0),
    redirected_at   INTEGER NOT NULL
) STRICT;
