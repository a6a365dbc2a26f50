-- Work that waits, and how far it has come. None of it is a tenant's, except where it names one.
-- intelligence.consumer_offset is made by the revision: the shared library has it.

-- A topic that ends before what was read of it was made anew: nothing is read of it until an operator
-- says so.
CREATE TABLE intelligence.halted_topic (
    consumer          text NOT NULL,
    topic             text NOT NULL,
    partition         integer NOT NULL,
    next_offset       bigint NOT NULL,
    end_offset        bigint NOT NULL,
    halted_at         timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (consumer, topic, partition)
);

-- Notifications of the retry topic until they are due: a row waits without holding up a partition.
CREATE TABLE intelligence.delayed (
    topic             text NOT NULL,
    partition         integer NOT NULL,
    "offset"          bigint NOT NULL,
    key               text,
    value             bytea NOT NULL,
    headers           jsonb NOT NULL,
    -- Tries that have failed.
    attempts          smallint NOT NULL,
    due_at            timestamptz NOT NULL,
    created_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (topic, partition, "offset")
);

-- Serves the timer that takes what is due, FOR UPDATE SKIP LOCKED.
CREATE INDEX delayed_due ON intelligence.delayed (due_at);

-- How far the list of an account's transcripts was compared with ours.
CREATE TABLE intelligence.sweep (
    account_sid       text PRIMARY KEY,
    -- Everything created before is compared; a sweep begins some hours earlier.
    watermark         timestamptz NOT NULL,
    -- Of the sweep under way: where it began, what its watermark will be, the next page.
    since             timestamptz,
    until             timestamptz,
    page_url          text,
    found             integer NOT NULL DEFAULT 0,
    -- One process at a time; one that died is replaced when this has passed.
    lease_until       timestamptz NOT NULL DEFAULT '-infinity',
    finished_at       timestamptz
);

-- Calls whose own operators are to be run: once news of them has ceased for a while.
CREATE TABLE intelligence.operator_due (
    call_sid          text PRIMARY KEY,
    due_at            timestamptz NOT NULL
);

CREATE INDEX operator_due_time ON intelligence.operator_due (due_at);

-- Own operators over history: where the run stands, so that it goes on after a crash.
CREATE TABLE intelligence.operator_run (
    id                uuid PRIMARY KEY,
    operators         text[] NOT NULL,
    since             timestamptz NOT NULL,
    until             timestamptz NOT NULL,
    -- The last call that was done; NULL at the beginning.
    after_filed_at    timestamptz,
    after_call_sid    text,
    done              bigint NOT NULL DEFAULT 0,
    total             bigint NOT NULL,
    created_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at       timestamptz
);
