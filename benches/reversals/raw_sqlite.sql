-- The same work as one chunk of a batch, set-based, inside a transaction. $BATCH and so on are filled
-- in, with $FIRST and $LAST, the places of the chunk's lines among the staged ones.
CREATE TEMP TABLE old AS
SELECT a.rowid AS place, a.id, a.company_id, a.partner_company_id, a.terms_id, a.version, a.state,
       a.items, a.sale_minor, a.payout_minor, a.locks_at, s.line, s.op,
       CASE s.op WHEN 'modify' THEN 'pending' ELSE 'reversed' END AS state_after,
       CASE s.op WHEN 'modify' THEN s.amount ELSE 0 END AS sale_after,
       CASE s.op WHEN 'modify' THEN s.amount / 10 ELSE 0 END AS payout_after
FROM temp.resolved s CROSS JOIN actions a ON a.id = s.id
WHERE s.rowid BETWEEN $FIRST AND $LAST;
UPDATE actions SET
    state = old.state_after, sale_minor = old.sale_after, payout_minor = old.payout_after,
    items = CASE old.op WHEN 'modify'
        THEN json_set(actions.items, '$[0].amount_minor', old.sale_after) ELSE actions.items END,
    version = actions.version + 1, updated_at = $NOW
FROM old WHERE actions.rowid = old.place AND old.locks_at > $NOW AND old.state <> 'reversed'
    AND old.sale_after <= old.sale_minor;
INSERT INTO action_updates (
    id, action_id, version, company_id, partner_company_id, terms_id, command, state_before,
    state, sale_minor, sale_delta_minor, payout_minor, payout_delta_minor, items, reason, note,
    channel, user_id, api_key_id, delegate_user_id, reversal_id, line, at
)
SELECT randomblob(16), id, version + 1, company_id, partner_company_id, terms_id, op, state,
    state_after, sale_after, sale_after - sale_minor, payout_after, payout_after - payout_minor,
    (SELECT json_group_array(json_object('id', value->>'id', 'quantity', 0, 'quantity_delta', -1,
        'amount_minor', 0, 'amount_delta_minor', -(value->>'amount_minor'),
        'reversed', json('true')))
     FROM json_each(items)),
    'ITEM_RETURNED', NULL, 'upload', NULL, NULL, NULL, $BATCH, line, $NOW
FROM old;
INSERT INTO events (id, company_id, other_company_id, type, object_id, sequence, changes, at)
SELECT randomblob(16), company_id, partner_company_id,
    CASE op WHEN 'modify' THEN 'action.modified' ELSE 'action.reversed' END, id, version + 1,
    json_object('state', json_array(state, state_after),
        'sale_minor', json_array(sale_minor, sale_after),
        'payout_minor', json_array(payout_minor, payout_after)), $NOW
FROM old;
INSERT INTO reversal_lines (
    reversal_id, line, byte_offset, byte_length, outcome, code, detail, operation, action_id, version,
    warnings, adjustment_id
)
SELECT $BATCH, s.line, s.byte_offset, s.byte_length,
    CASE WHEN old.id IS NULL THEN 'rejected' ELSE 'applied' END,
    CASE WHEN old.id IS NULL THEN 'action_not_found' END,
    CASE WHEN old.id IS NULL THEN 'no action ' || hex(s.action_id) END,
    s.op, old.id, old.version + 1, NULL, NULL
FROM temp.resolved s LEFT JOIN old ON old.line = s.line
WHERE s.rowid BETWEEN $FIRST AND $LAST ORDER BY s.line;
DROP TABLE temp.old;
