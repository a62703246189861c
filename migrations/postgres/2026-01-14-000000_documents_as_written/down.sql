ALTER TABLE companies
    ALTER COLUMN profile TYPE jsonb USING profile::jsonb;
ALTER TABLE api_keys
    ALTER COLUMN scopes TYPE jsonb USING scopes::jsonb,
    ALTER COLUMN program_ids TYPE jsonb USING program_ids::jsonb,
    ALTER COLUMN event_type_ids TYPE jsonb USING event_type_ids::jsonb;
ALTER TABLE contract_terms
    ALTER COLUMN terms TYPE jsonb USING terms::jsonb;
ALTER TABLE actions
    ALTER COLUMN items TYPE jsonb USING items::jsonb,
    ALTER COLUMN sub_ids TYPE jsonb USING sub_ids::jsonb;
ALTER TABLE action_updates
    ALTER COLUMN items TYPE jsonb USING items::jsonb;
ALTER TABLE reversals
    ALTER COLUMN authority TYPE jsonb USING authority::jsonb,
    ALTER COLUMN layout TYPE jsonb USING layout::jsonb;
ALTER TABLE reversal_lines
    ALTER COLUMN warnings TYPE jsonb USING warnings::jsonb;
ALTER TABLE events
    ALTER COLUMN changes TYPE jsonb USING changes::jsonb;
