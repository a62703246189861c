DELETE FROM jobs WHERE subject IN (SELECT id FROM reversals WHERE purpose = 'actions');
DELETE FROM reversal_parts WHERE reversal_id IN (SELECT id FROM reversals WHERE purpose = 'actions');
DELETE FROM reversal_lines WHERE reversal_id IN (SELECT id FROM reversals WHERE purpose = 'actions');
UPDATE reversals SET duplicate_of = NULL WHERE purpose = 'actions';
DELETE FROM reversals WHERE purpose = 'actions';
DROP INDEX reversals_of_company;
ALTER TABLE reversals DROP COLUMN purpose;
CREATE INDEX reversals_of_company ON reversals (company_id, id);
