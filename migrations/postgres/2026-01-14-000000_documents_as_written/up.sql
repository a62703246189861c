-- Documents are read and written whole, never by their parts: kept as they were written, they are
-- neither taken apart nor put together again.
ALTER TABLE companies
    ALTER COLUMN profile TYPE json USING profile::json;
ALTER TABLE api_keys
    ALTER COLUMN scopes TYPE json USING scopes::json,
    ALTER COLUMN program_ids TYPE json USING program_ids::json,
    ALTER COLUMN event_type_ids TYPE json USING event_type_ids::json;
ALTER TABLE contract_terms
    ALTER COLUMN terms TYPE json USING terms::json;
ALTER TABLE actions
    ALTER COLUMN items TYPE json USING items::json,
    ALTER COLUMN sub_ids TYPE json USING sub_ids::json;
ALTER TABLE action_updates
    ALTER COLUMN items TYPE json USING items::json;
ALTER TABLE reversals
    ALTER COLUMN authority TYPE json USING authority::json,
    ALTER COLUMN layout TYPE json USING layout::json;
ALTER TABLE reversal_lines
    ALTER COLUMN warnings TYPE json USING warnings::json;
ALTER TABLE events
    ALTER COLUMN changes TYPE json USING changes::json;
