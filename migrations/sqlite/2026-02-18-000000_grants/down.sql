-- The program before this knows no operations about grants and reads no change that has one. They are taken
-- out of their changes and are lost with the grants themselves; the rest of each change stays as it was.
UPDATE partnership_changes SET operations = (
    SELECT json_group_array(json(one.value)) FROM json_each(partnership_changes.operations) AS one
    WHERE json_extract(one.value, '$.op') NOT IN ('set_grant', 'revoke_grant'))
WHERE operations LIKE '%"set_grant"%' OR operations LIKE '%"revoke_grant"%';
DROP TABLE partnership_grants;
