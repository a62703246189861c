ALTER TABLE action_updates ADD COLUMN txid xid8 NOT NULL DEFAULT pg_current_xact_id();
CREATE INDEX action_updates_of_company ON action_updates (company_id, txid, id);
CREATE INDEX action_updates_of_partner ON action_updates (partner_company_id, txid, id);

ALTER TABLE actions ADD COLUMN cleared boolean NOT NULL DEFAULT false;
CREATE INDEX actions_to_clear ON actions (cleared_at, id)
    WHERE cleared_at IS NOT NULL AND NOT cleared;
