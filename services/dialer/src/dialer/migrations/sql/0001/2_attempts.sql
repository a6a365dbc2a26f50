-- What was tried: attempts, the proof of what became of them, and what limits the next ones.

CREATE TABLE dialer.worker (
    -- A new one at every start of a process: a process that comes back is somebody else.
    epoch             uuid PRIMARY KEY,
    name              text NOT NULL,
    started_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    heartbeat_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- Dead once this has passed: whoever cannot renew it stops sending 10 s before.
    lease_until       timestamptz NOT NULL,
    ended_at          timestamptz
);

-- Serves the sweep over dead workers.
CREATE INDEX worker_lease ON dialer.worker (lease_until) WHERE ended_at IS NULL;

CREATE TABLE dialer.attempt (
    id                uuid PRIMARY KEY,
    tenant_id         text NOT NULL,
    campaign_id       uuid NOT NULL REFERENCES dialer.campaign,
    contact_id        uuid NOT NULL REFERENCES dialer.contact,
    attempt_no        smallint NOT NULL CHECK (attempt_no > 0),
    -- Never changes: a callback of another account is not this attempt's.
    account_sid       text NOT NULL REFERENCES dialer.account,
    from_number_id    uuid NOT NULL REFERENCES dialer.from_number,
    num_key           text NOT NULL,
    num_hmac          bytea NOT NULL,
    generation        bigint NOT NULL,
    state             text NOT NULL DEFAULT 'reserved' CHECK (state IN
                      ('reserved', 'posting', 'unknown', 'submitted', 'ringing', 'in_progress',
                       'completed', 'busy', 'no_answer', 'failed', 'canceled',
                       'released', 'rejected', 'not_placed', 'indeterminate')),
    -- Whether nobody else may call the number. An answered call keeps it beyond its terminal
    -- state, until its end was read from calls.lifecycle: an opt-out may still be on its way.
    holds_number      boolean NOT NULL DEFAULT true,
    owner_epoch       uuid NOT NULL REFERENCES dialer.worker,
    lease_until       timestamptz NOT NULL,
    reserved_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- The write-ahead: committed before the first byte of the request is written.
    posting_at        timestamptz,
    -- When the owner knew that its request was over, however.
    returned_at       timestamptz,
    token_expires_at  timestamptz,
    -- Of the table of countries' rules by which the call was permitted.
    rules_version     text,
    ring_seconds      smallint NOT NULL CHECK (ring_seconds BETWEEN 15 AND 600),
    talk_seconds      integer NOT NULL CHECK (talk_seconds > 0),
    sid               text,
    bound_by          text CHECK (bound_by IN ('response', 'callback', 'listing', 'sweep')),
    bound_at          timestamptz,
    -- A second call that claims to be this attempt: must stay NULL for ever.
    second_sid        text,
    -- Twilio's greatest SequenceNumber so far.
    sequence          integer NOT NULL DEFAULT -1,
    queue_ms          integer,
    -- Whether Twilio has begun to dial; before, the call waits in its queue.
    initiated         boolean NOT NULL DEFAULT false,
    rang              boolean NOT NULL DEFAULT false,
    answered_at       timestamptz,
    -- When the answered call was given its agent: NULL in an abandoned one.
    connected_at      timestamptz,
    -- Whether it was answered with a token that was too old to be given an agent.
    expired           boolean NOT NULL DEFAULT false,
    abandoned         boolean NOT NULL DEFAULT false,
    -- The answering machine verdict; may come after the end.
    detects_machines  boolean NOT NULL DEFAULT false,
    answered_by       text,
    ended_at          timestamptz,
    -- contradicted: two reports name different ends, and Twilio has to be asked.
    ended_by          text CHECK (ended_by IN ('reported', 'contradicted', 'fetched')),
    lifecycle_ended   boolean NOT NULL DEFAULT false,
    call_seconds      integer,
    -- Refusal, proof, error: a code of ours; error_code is Twilio's, sip_code the carrier's.
    reason            text,
    error_code        integer,
    sip_code          smallint,
    attestation       text CHECK (attestation IN ('A', 'B', 'C')),
    -- Whether the contact's budget pays for it.
    counted           boolean NOT NULL DEFAULT false,
    -- Whether the contact was told what became of it.
    settled           boolean NOT NULL DEFAULT false,
    -- Which of its calls nobody wants any more.
    cancel            text NOT NULL DEFAULT '' CHECK (cancel IN ('', 'unanswered', 'any')),
    cost_micros       bigint NOT NULL DEFAULT 0,
    -- When the next timer of this attempt runs out: lease, probe, stuck, verdict, release.
    due_at            timestamptz,
    probes            smallint NOT NULL DEFAULT 0,
    created_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (contact_id, attempt_no),
    CHECK (holds_number OR state NOT IN
           ('reserved', 'posting', 'unknown', 'submitted', 'ringing', 'in_progress')),
    CHECK (posting_at IS NOT NULL OR state IN ('reserved', 'released')),
    CHECK (sid IS NOT NULL OR state NOT IN
           ('submitted', 'ringing', 'in_progress', 'completed', 'busy', 'no_answer', 'failed',
            'canceled'))
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);

-- The lock on the callee: one live attempt per tenant and number, over all accounts.
CREATE UNIQUE INDEX attempt_live ON dialer.attempt (tenant_id, num_hmac) WHERE holds_number;

-- Serves binding: a call belongs to one attempt.
CREATE UNIQUE INDEX attempt_sid ON dialer.attempt (sid) WHERE sid IS NOT NULL;

-- Serves the timers of all attempts, FOR UPDATE SKIP LOCKED.
CREATE INDEX attempt_due ON dialer.attempt (due_at, id) WHERE due_at IS NOT NULL;

-- Serves the count of calls in flight per account, and the pause that waits for older generations.
CREATE INDEX attempt_in_flight ON dialer.attempt (account_sid, campaign_id, generation, state)
    WHERE state IN ('reserved', 'posting', 'unknown', 'submitted', 'ringing', 'in_progress');

-- Serves the sweep that takes the work of a dead worker.
CREATE INDEX attempt_owner ON dialer.attempt (owner_epoch) WHERE state IN ('reserved', 'posting');

-- Serves the minimum gap between two calls to a number.
CREATE INDEX attempt_callee ON dialer.attempt (tenant_id, num_hmac, posting_at DESC)
    WHERE posting_at IS NOT NULL;

-- Serves the abandonment breaker and the answer rate of a number.
CREATE INDEX attempt_answered ON dialer.attempt (account_sid, answered_at) INCLUDE (abandoned)
    WHERE answered_at IS NOT NULL;

-- Serves the daily cap of a number we call from.
CREATE INDEX attempt_sender ON dialer.attempt (from_number_id, posting_at)
    WHERE posting_at IS NOT NULL;

CREATE INDEX attempt_page ON dialer.attempt (campaign_id, created_at, id);

-- The reconciler's evidence: what Twilio listed for a number when a call was looked for.
CREATE TABLE dialer.listing (
    attempt_id        uuid NOT NULL REFERENCES dialer.attempt ON DELETE CASCADE,
    listed_at         timestamptz NOT NULL DEFAULT clock_timestamp(),
    tenant_id         text NOT NULL,
    -- Whether no call in it could be the attempt's, and the listing was complete.
    clean             boolean NOT NULL,
    candidates        text[] NOT NULL DEFAULT '{}',
    PRIMARY KEY (attempt_id, listed_at)
);

-- Attempts per number, for the caps; written with the write-ahead, over all campaigns.
CREATE TABLE dialer.freq_ledger (
    attempt_id        uuid PRIMARY KEY REFERENCES dialer.attempt ON DELETE CASCADE,
    tenant_id         text NOT NULL,
    campaign_id       uuid NOT NULL,
    num_hmac          bytea NOT NULL,
    posted_at         timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- false once it is proven that there was no call.
    counted           boolean NOT NULL DEFAULT true
);

-- Serves the rolling caps: the latest attempts to a number.
CREATE INDEX freq_ledger_callee ON dialer.freq_ledger (tenant_id, num_hmac, posted_at DESC)
    WHERE counted;

-- Rate limits. tat: when the next call is due at the latest. One UPDATE takes a slot and says when
-- to send; see pacing.py for the arithmetic.
CREATE TABLE dialer.gcra (
    -- account:<sid>, from:<id>, campaign:<id>, country:<tenant>:<ISO code>; taken in this order.
    key               text PRIMARY KEY,
    tenant_id         text NOT NULL,
    tat               timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- Calls per second now, and the most it may be raised to again.
    rate              double precision NOT NULL CHECK (rate > 0),
    ceiling           double precision NOT NULL CHECK (ceiling > 0),
    lowered_at        timestamptz,
    raised_at         timestamptz NOT NULL DEFAULT clock_timestamp(),
    CHECK (rate <= ceiling)
) WITH (fillfactor = 50);

-- What is known of calls from calls.lifecycle and the answered callback, also before their attempt
-- is known: rows of calls that nobody placed stay without one.
CREATE TABLE dialer.call_fact (
    call_sid          text PRIMARY KEY,
    tenant_id         text NOT NULL,
    account_sid       text,
    attempt_id        uuid,
    -- Offset of the attachment that said so; facts of an older one are passed over.
    epoch             bigint NOT NULL DEFAULT -1,
    answered_at       timestamptz,
    opted_out_at      timestamptz,
    ended_at          timestamptz,
    end_reason        text,
    call_seconds      integer,
    updated_at        timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Serves the double-dial alarm: all calls that claim an attempt.
CREATE INDEX call_fact_attempt ON dialer.call_fact (attempt_id) WHERE attempt_id IS NOT NULL;
