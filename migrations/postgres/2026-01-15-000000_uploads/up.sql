-- Uploads that have not become batches yet: few at any time, where parts of batches are many.
CREATE TABLE reversal_uploads (
    reversal_id uuid        NOT NULL PRIMARY KEY,
    stored_at   timestamptz NOT NULL
);
INSERT INTO reversal_uploads (reversal_id, stored_at)
SELECT reversal_id, max(stored_at) FROM reversal_parts
WHERE NOT EXISTS (SELECT 1 FROM reversals WHERE reversals.id = reversal_parts.reversal_id)
GROUP BY reversal_id;
