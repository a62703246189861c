ALTER TABLE action_updates ADD COLUMN txid xid8 NOT NULL DEFAULT pg_current_xact_id();
CREATE INDEX action_updates_of_company ON action_updates (company_id, txid, id);
CREATE INDEX action_updates_of_partner ON action_updates (partner_company_id, txid, id);
