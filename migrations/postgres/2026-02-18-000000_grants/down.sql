-- The program before this knows no operations about grants and reads no change that has one. They are taken
-- out of their changes and are lost with the grants themselves; the rest of each change stays as it was.
UPDATE partnership_changes SET operations = (
    SELECT coalesce(json_agg(one.value ORDER BY one.place), '[]'::json)
    FROM json_array_elements(partnership_changes.operations) WITH ORDINALITY AS one (value, place)
    WHERE one.value ->> 'op' NOT IN ('set_grant', 'revoke_grant'))
WHERE operations::text LIKE '%"set_grant"%' OR operations::text LIKE '%"revoke_grant"%';
DROP TABLE partnership_grants;
