-- The same work as one batch, set-based: resolve, hold, check, change, keep ledger, events and lines.
-- In steps through analysed temporary tables, because one statement of many parts is twice as slow.
-- $BATCH, $EVENT_TYPE and $COMPANY are filled in. The lines are in the temporary table `stage`.
ANALYZE stage;
CREATE TEMP TABLE found ON COMMIT DROP AS
SELECT *, row_number() OVER (PARTITION BY id ORDER BY line) AS turn FROM (
    SELECT line, action_id AS id, op, amount FROM stage WHERE action_id IS NOT NULL
    UNION ALL
    SELECT s.line, a.id, s.op, s.amount
    FROM stage s JOIN actions a
        ON a.company_id = $COMPANY AND a.event_type_id = $EVENT_TYPE AND a.order_id = s.order_id
    WHERE s.action_id IS NULL) each_line;
ANALYZE found;
CREATE TEMP TABLE old ON COMMIT DROP AS
SELECT a.id, a.company_id, a.partner_company_id, a.terms_id, a.version, a.state, a.items,
       a.sale_minor, a.payout_minor, f.line, f.op,
       CASE f.op WHEN 'modify' THEN 'pending' ELSE 'reversed' END AS state_after,
       CASE f.op WHEN 'modify' THEN f.amount ELSE 0 END AS sale_after,
       CASE f.op WHEN 'modify' THEN f.amount / 10 ELSE 0 END AS payout_after
FROM found f JOIN actions a ON a.id = f.id
WHERE f.turn = 1 ORDER BY a.id FOR UPDATE OF a;
ANALYZE old;
UPDATE actions a SET
    state = old.state_after, sale_minor = old.sale_after, payout_minor = old.payout_after,
    items = CASE old.op WHEN 'modify'
        THEN jsonb_set(a.items::jsonb, '{0,amount_minor}', to_jsonb(old.sale_after))::json ELSE a.items END,
    version = a.version + 1, updated_at = now()
FROM old WHERE a.id = old.id AND a.locks_at > now() AND old.state <> 'reversed'
    AND old.sale_after <= old.sale_minor;
INSERT INTO action_updates (
    id, action_id, version, company_id, partner_company_id, terms_id, command, state_before,
    state, sale_minor, sale_delta_minor, payout_minor, payout_delta_minor, items, reason, note,
    channel, user_id, api_key_id, delegate_user_id, reversal_id, line, at
)
SELECT gen_random_uuid(), id, version + 1, company_id, partner_company_id, terms_id, op, state,
    state_after, sale_after, sale_after - sale_minor, payout_after, payout_after - payout_minor,
    (SELECT json_agg(json_build_object('id', item->>'id', 'quantity', 0, 'quantity_delta', -1,
        'amount_minor', 0, 'amount_delta_minor', -(item->>'amount_minor')::bigint, 'reversed', true))
     FROM json_array_elements(items) AS item),
    'ITEM_RETURNED', NULL, 'upload', NULL, NULL, NULL, $BATCH, line, now()
FROM old;
INSERT INTO events (id, company_id, other_company_id, type, object_id, sequence, changes, at)
SELECT gen_random_uuid(), company_id, partner_company_id,
    CASE op WHEN 'modify' THEN 'action.modified' ELSE 'action.reversed' END, id, version + 1,
    json_build_object('state', json_build_array(state, state_after),
        'sale_minor', json_build_array(sale_minor, sale_after),
        'payout_minor', json_build_array(payout_minor, payout_after)), now()
FROM old;
INSERT INTO reversal_lines (
    reversal_id, line, byte_offset, byte_length, outcome, code, detail, operation, action_id, version,
    warnings, adjustment_id
)
SELECT $BATCH, s.line, s.byte_offset, s.byte_length,
    CASE WHEN old.id IS NULL THEN 'rejected' ELSE 'applied' END,
    CASE WHEN old.id IS NULL THEN 'action_not_found' END,
    CASE WHEN old.id IS NULL THEN 'no action ' || s.action_id END,
    s.op, old.id, old.version + 1, NULL, NULL
FROM stage s LEFT JOIN old USING (line);
