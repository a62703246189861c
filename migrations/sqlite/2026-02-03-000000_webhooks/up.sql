-- Where a company wants to be told of what happens, and of what.
CREATE TABLE webhook_endpoints (
    id              BLOB    NOT NULL,
    company_id      BLOB    NOT NULL,
    url             TEXT    NOT NULL,
    event_types     TEXT    NOT NULL,
    description     TEXT    NOT NULL,
    enabled         INTEGER NOT NULL,
    disabled_reason TEXT    CHECK (disabled_reason IN ('request', 'failing', 'gone')),
    secret          BLOB    NOT NULL,
    previous_secret BLOB,
    previous_until  INTEGER,
    created_by      BLOB    NOT NULL,
    version         INTEGER NOT NULL,
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,
    PRIMARY KEY (id),
    CHECK (enabled = (disabled_reason IS NULL))
) STRICT;
CREATE INDEX webhook_endpoints_of_company ON webhook_endpoints (company_id, id);

-- The work on an endpoint: when there is some, whose it is, and since when nothing has got through.
CREATE TABLE webhook_lanes (
    endpoint_id   BLOB NOT NULL,
    due_at        INTEGER,
    failing_since INTEGER,
    worker_id     BLOB,
    lease_until   INTEGER,
    PRIMARY KEY (endpoint_id)
) STRICT;
CREATE INDEX webhook_lanes_due ON webhook_lanes (due_at, endpoint_id) WHERE failing_since IS NULL;
CREATE INDEX webhook_lanes_failing ON webhook_lanes (due_at, endpoint_id)
    WHERE failing_since IS NOT NULL;

-- One event for one endpoint. Of those about one object that are pending, the first has a time at
-- which it is due; the others wait behind it.
CREATE TABLE webhook_deliveries (
    id          BLOB    NOT NULL,
    endpoint_id BLOB    NOT NULL,
    company_id  BLOB    NOT NULL,
    event_id    BLOB    NOT NULL,
    event_type  TEXT    NOT NULL,
    object_id   BLOB    NOT NULL,
    turn        INTEGER NOT NULL,
    status      TEXT    NOT NULL CHECK (status IN ('pending', 'succeeded', 'failed', 'expired')),
    due_at      INTEGER,
    tries       INTEGER NOT NULL,
    attempts    INTEGER NOT NULL,
    last_status INTEGER,
    version     INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    finished_at INTEGER,
    PRIMARY KEY (id),
    CHECK (status = 'pending' OR due_at IS NULL)
) STRICT;
CREATE UNIQUE INDEX webhook_deliveries_one_at_a_time ON webhook_deliveries (endpoint_id, object_id)
    WHERE due_at IS NOT NULL;
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (endpoint_id, due_at, turn, event_id)
    WHERE due_at IS NOT NULL;
CREATE INDEX webhook_deliveries_behind
    ON webhook_deliveries (endpoint_id, object_id, turn, event_id)
    WHERE status = 'pending' AND due_at IS NULL;
CREATE INDEX webhook_deliveries_of_endpoint ON webhook_deliveries (endpoint_id, created_at, id);
CREATE INDEX webhook_deliveries_to_sweep ON webhook_deliveries (created_at, id);

-- Each time a delivery was sent: what went out, and what came back.
CREATE TABLE webhook_attempts (
    delivery_id   BLOB    NOT NULL,
    number        INTEGER NOT NULL,
    at            INTEGER NOT NULL,
    duration_ms   INTEGER NOT NULL,
    status        INTEGER,
    error         TEXT    CHECK (error IN ('unreachable', 'timeout', 'closed', 'refused')),
    request_head  TEXT    NOT NULL,
    response_head TEXT,
    response_body TEXT,
    PRIMARY KEY (delivery_id, number)
) STRICT;
