-- Which company said so that is let manage the status; none where the company itself did, or the operator.
ALTER TABLE company_status_changes ADD COLUMN grantee_company_id uuid REFERENCES companies;
-- Which company submitted a batch on the brand's behalf; none where the brand itself did.
ALTER TABLE reversals ADD COLUMN submitted_by_company_id uuid REFERENCES companies;
CREATE INDEX reversals_submitted_by ON reversals (submitted_by_company_id, company_id, id)
    WHERE submitted_by_company_id IS NOT NULL;
