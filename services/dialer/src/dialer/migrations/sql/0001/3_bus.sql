-- What comes from the bus and what goes to it, in the transactions of what it changes.
--
-- consumed_offset, end_offset and fence belong to the whole process, not to a tenant.

-- Where reading goes on: written in the transaction that stores what was read.
CREATE TABLE dialer.consumed_offset (
    topic             text NOT NULL,
    partition         integer NOT NULL,
    next_offset       bigint NOT NULL,
    -- The produced time of the newest record: how far behind we are.
    record_at         timestamptz,
    updated_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (topic, partition)
);

-- One reading of where the partitions end. An inbox whose consumed offsets have passed all of a
-- reading holds everything that was written before it: the proof that no callback is on its way.
CREATE TABLE dialer.end_offset (
    read_at           timestamptz NOT NULL,
    topic             text NOT NULL,
    partition         integer NOT NULL,
    end_offset        bigint NOT NULL,
    PRIMARY KEY (read_at, topic, partition)
);

-- Callbacks and lifecycle events, as read.
CREATE TABLE dialer.inbox (
    topic             text NOT NULL,
    partition         integer NOT NULL,
    "offset"          bigint NOT NULL,
    tenant_id         text NOT NULL,
    -- status, amd, answered, lifecycle.
    kind              text NOT NULL,
    call_sid          text NOT NULL,
    account_sid       text,
    -- Of the token that came with it; the attempt need not be known.
    attempt_id        uuid,
    -- Twilio's SequenceNumber, or the epoch of a lifecycle event; -1 where there is none.
    sequence          bigint NOT NULL DEFAULT -1,
    -- Status, verdict or event: the part of the body that decides, and no number in it.
    news              text NOT NULL,
    -- The whole body, encrypted.
    body_enc          bytea,
    state             text NOT NULL DEFAULT 'new' CHECK (state IN ('new', 'reduced', 'dead')),
    read_at           timestamptz NOT NULL DEFAULT clock_timestamp(),
    reduced_at        timestamptz,
    PRIMARY KEY (topic, partition, "offset")
);

-- Twilio repeats itself, and so do retry topics: each piece of news once.
CREATE UNIQUE INDEX inbox_news ON dialer.inbox (call_sid, kind, sequence, news);

-- Serves the proof of absence, which a callback that nobody could read blocks.
CREATE INDEX inbox_attempt ON dialer.inbox (attempt_id, state) WHERE attempt_id IS NOT NULL;

-- Serves the removal of what cannot come again.
CREATE INDEX inbox_read ON dialer.inbox (read_at);

-- Serves the same proof: what could not be read, and may be about anybody.
CREATE INDEX inbox_dead ON dialer.inbox (read_at) WHERE state = 'dead';

-- Events on their way to the bus and to webhooks.
CREATE TABLE dialer.outbox (
    id                bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id          uuid NOT NULL UNIQUE,
    tenant_id         text NOT NULL,
    topic             text NOT NULL,
    key               text NOT NULL,
    type              text NOT NULL,
    payload           bytea NOT NULL,
    campaign_id       uuid,
    campaign_version  bigint,
    created_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    published_at      timestamptz
) WITH (autovacuum_vacuum_scale_factor = 0.02);

-- Serves the relay: the oldest unpublished of each key, FOR UPDATE SKIP LOCKED. Never read it
-- "where id > last": a slower transaction commits a smaller id later.
CREATE INDEX outbox_unpublished ON dialer.outbox (topic, key, id) WHERE published_at IS NULL;

-- Serves the event stream of a campaign, and a client that comes back to it.
CREATE INDEX outbox_campaign ON dialer.outbox (campaign_id, campaign_version)
    WHERE campaign_id IS NOT NULL;

-- Serves the removal of what was published long ago.
CREATE INDEX outbox_published ON dialer.outbox (published_at) WHERE published_at IS NOT NULL;

-- Which database this is. After a failover or a restore its newest commits may be missing: nothing
-- is posted until a sweep has found what they knew.
CREATE TABLE dialer.fence (
    one               boolean PRIMARY KEY DEFAULT true CHECK (one),
    system_identifier text NOT NULL,
    timeline_id       bigint NOT NULL,
    -- Not NULL: recovering since then.
    changed_at        timestamptz,
    -- A restored backup (another system) needs a person to say so.
    acknowledged_by   text
);
