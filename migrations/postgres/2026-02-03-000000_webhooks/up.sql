-- Where a company wants to be told of what happens, and of what.
CREATE TABLE webhook_endpoints (
    id              uuid        NOT NULL,
    company_id      uuid        NOT NULL,
    url             text        NOT NULL,
    event_types     json        NOT NULL,
    description     text        NOT NULL,
    enabled         boolean     NOT NULL,
    disabled_reason text        CHECK (disabled_reason IN ('request', 'failing', 'gone')),
    secret          bytea       NOT NULL,
    previous_secret bytea,
    previous_until  timestamptz,
    created_by      uuid        NOT NULL,
    version         bigint      NOT NULL,
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    PRIMARY KEY (id),
    CHECK (enabled = (disabled_reason IS NULL))
);
CREATE INDEX webhook_endpoints_of_company ON webhook_endpoints (company_id, id);

-- The work on an endpoint: when there is some, whose it is, and since when nothing has got through.
CREATE TABLE webhook_lanes (
    endpoint_id   uuid NOT NULL,
    due_at        timestamptz,
    failing_since timestamptz,
    worker_id     uuid,
    lease_until   timestamptz,
    PRIMARY KEY (endpoint_id)
);
CREATE INDEX webhook_lanes_due ON webhook_lanes (due_at, endpoint_id) WHERE failing_since IS NULL;
CREATE INDEX webhook_lanes_failing ON webhook_lanes (due_at, endpoint_id)
    WHERE failing_since IS NOT NULL;

-- One event for one endpoint. Of those about one object that are pending, the first has a time at
-- which it is due; the others wait behind it.
CREATE TABLE webhook_deliveries (
    id          uuid        NOT NULL,
    endpoint_id uuid        NOT NULL,
    company_id  uuid        NOT NULL,
    event_id    uuid        NOT NULL,
    event_type  text        NOT NULL,
    object_id   uuid        NOT NULL,
    turn        bigint      NOT NULL,
    status      text        NOT NULL CHECK (status IN ('pending', 'succeeded', 'failed', 'expired')),
    due_at      timestamptz,
    tries       integer     NOT NULL,
    attempts    integer     NOT NULL,
    last_status integer,
    version     bigint      NOT NULL,
    created_at  timestamptz NOT NULL,
    finished_at timestamptz,
    PRIMARY KEY (id),
    CHECK (status = 'pending' OR due_at IS NULL)
);
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
    delivery_id   uuid        NOT NULL,
    number        integer     NOT NULL,
    at            timestamptz NOT NULL,
    duration_ms   bigint      NOT NULL,
    status        integer,
    error         text        CHECK (error IN ('unreachable', 'timeout', 'closed', 'refused')),
    request_head  text        NOT NULL,
    response_head text,
    response_body text,
    PRIMARY KEY (delivery_id, number)
);
