-- The day that an action counts to is settled when it is tracked, in the zone that its program has
-- then. Actions that were tracked before this keep the zone that their program has now.
ALTER TABLE actions ADD COLUMN occurred_on text COLLATE "C";
CREATE TABLE earlier_zones (
    program_id uuid NOT NULL PRIMARY KEY REFERENCES programs,
    time_zone  text NOT NULL
);
INSERT INTO earlier_zones (program_id, time_zone) SELECT id, time_zone FROM programs;

-- The order in which entries of all ledgers became visible.
CREATE INDEX action_updates_in_order ON action_updates (txid, id);
ALTER TABLE adjustments ADD COLUMN txid xid8 NOT NULL DEFAULT pg_current_xact_id();
CREATE INDEX adjustments_in_order ON adjustments (txid, id);

-- What the actions of a day come to, of each partner and of all partners of a program together.
-- Amounts are kept in two columns: whole thousands of millions in the second one, the rest in the
-- first. So no sum is beyond what a column holds.
CREATE TABLE performance_days (
    company_id            uuid             NOT NULL,
    partner_company_id    uuid             NOT NULL,
    program_id            uuid             NOT NULL,
    event_type_id         uuid             NOT NULL,
    currency              text COLLATE "C" NOT NULL,
    day                   text COLLATE "C" NOT NULL,
    actions               bigint           NOT NULL,
    approved              bigint           NOT NULL,
    reversed              bigint           NOT NULL,
    locked                bigint           NOT NULL,
    adjustments           bigint           NOT NULL,
    tracked_minor         bigint           NOT NULL,
    tracked_high          bigint           NOT NULL,
    sale_minor            bigint           NOT NULL,
    sale_high             bigint           NOT NULL,
    payout_minor          bigint           NOT NULL,
    payout_high           bigint           NOT NULL,
    lost_minor            bigint           NOT NULL,
    lost_high             bigint           NOT NULL,
    adjusted_sale_minor   bigint           NOT NULL,
    adjusted_sale_high    bigint           NOT NULL,
    adjusted_payout_minor bigint           NOT NULL,
    adjusted_payout_high  bigint           NOT NULL,
    PRIMARY KEY (partner_company_id, company_id, day, program_id, event_type_id, currency)
) WITH (fillfactor = 80);
CREATE INDEX performance_days_of_company ON performance_days (company_id, day);

CREATE TABLE performance_program_days (
    company_id            uuid             NOT NULL,
    program_id            uuid             NOT NULL,
    event_type_id         uuid             NOT NULL,
    currency              text COLLATE "C" NOT NULL,
    day                   text COLLATE "C" NOT NULL,
    actions               bigint           NOT NULL,
    approved              bigint           NOT NULL,
    reversed              bigint           NOT NULL,
    locked                bigint           NOT NULL,
    adjustments           bigint           NOT NULL,
    tracked_minor         bigint           NOT NULL,
    tracked_high          bigint           NOT NULL,
    sale_minor            bigint           NOT NULL,
    sale_high             bigint           NOT NULL,
    payout_minor          bigint           NOT NULL,
    payout_high           bigint           NOT NULL,
    lost_minor            bigint           NOT NULL,
    lost_high             bigint           NOT NULL,
    adjusted_sale_minor   bigint           NOT NULL,
    adjusted_sale_high    bigint           NOT NULL,
    adjusted_payout_minor bigint           NOT NULL,
    adjusted_payout_high  bigint           NOT NULL,
    PRIMARY KEY (company_id, day, program_id, event_type_id, currency)
) WITH (fillfactor = 80);

-- Up to where the ledgers are in these sums. They begin with nothing, and all that there is
-- follows.
CREATE TABLE performance_places (
    book     text   NOT NULL PRIMARY KEY CHECK (book IN ('updates', 'adjustments')),
    turn     bigint NOT NULL,
    entry_id uuid   NOT NULL
);
INSERT INTO performance_places (book, turn, entry_id)
VALUES ('updates', 0, '00000000-0000-0000-0000-000000000000'),
    ('adjustments', 0, '00000000-0000-0000-0000-000000000000');
