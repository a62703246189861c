-- How much of a partnership waits for an answer of each side, by which lists find whose turn it is; and
-- whether a side shows the other one who manages it.
ALTER TABLE partnerships ADD COLUMN partner_answers INTEGER NOT NULL DEFAULT 0;
ALTER TABLE partnerships ADD COLUMN client_answers INTEGER NOT NULL DEFAULT 0;
ALTER TABLE partnerships ADD COLUMN partner_team_visible INTEGER NOT NULL DEFAULT 0;
ALTER TABLE partnerships ADD COLUMN client_team_visible INTEGER NOT NULL DEFAULT 0;
UPDATE partnerships SET
    partner_answers = CASE WHEN status = 'offered' AND offered_by_company_id = client_company_id
                           THEN 1 ELSE 0 END
        + (SELECT count(*) FROM partnership_changes
           WHERE partnership_id = partnerships.id AND partnership_changes.status = 'proposed'
             AND proposed_by_company_id = client_company_id),
    client_answers = CASE WHEN status = 'offered' AND offered_by_company_id = partner_company_id
                          THEN 1 ELSE 0 END
        + (SELECT count(*) FROM partnership_changes
           WHERE partnership_id = partnerships.id AND partnership_changes.status = 'proposed'
             AND proposed_by_company_id = partner_company_id);
CREATE INDEX partnerships_of_partner_by_status ON partnerships (partner_company_id, status, id);
CREATE INDEX partnerships_of_client_by_status ON partnerships (client_company_id, status, id);
CREATE INDEX partnerships_partner_asked ON partnerships (partner_company_id, id)
    WHERE partner_answers > 0;
CREATE INDEX partnerships_client_asked ON partnerships (client_company_id, id)
    WHERE client_answers > 0;
CREATE INDEX partnerships_partner_waits ON partnerships (partner_company_id, id)
    WHERE client_answers > 0;
CREATE INDEX partnerships_client_waits ON partnerships (client_company_id, id)
    WHERE partner_answers > 0;
CREATE INDEX partnerships_of_partner_modified ON partnerships (partner_company_id, id)
    WHERE open_changes > 0;
CREATE INDEX partnerships_of_client_modified ON partnerships (client_company_id, id)
    WHERE open_changes > 0;
-- How many active contracts two companies have.
CREATE INDEX contracts_active_between ON contracts (brand_company_id, partner_company_id)
    WHERE status = 'active';
-- What a user wants to see first.
CREATE TABLE favourite_partnerships (
    company_id     BLOB NOT NULL REFERENCES companies,
    user_id        BLOB NOT NULL REFERENCES users,
    partnership_id BLOB NOT NULL REFERENCES partnerships,
    marked_at      INTEGER NOT NULL,
    PRIMARY KEY (company_id, user_id, partnership_id)
) STRICT;
