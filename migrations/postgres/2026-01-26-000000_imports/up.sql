-- What the lines of a batch are: changes of actions, or actions to be tracked. Each has a list of its
-- own.
ALTER TABLE reversals ADD COLUMN purpose TEXT NOT NULL DEFAULT 'reversals'
    CHECK (purpose IN ('reversals', 'actions'));
DROP INDEX reversals_of_company;
CREATE INDEX reversals_of_company ON reversals (company_id, purpose, id);
