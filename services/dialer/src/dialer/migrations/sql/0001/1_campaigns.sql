-- Who is to be called: accounts, the numbers they call from, campaigns and their contacts.
--
-- Throughout: times are the database's clock; a telephone number exists only as num_hmac (keyed by
-- the key named in num_key, for every index, lock and constraint) and num_enc; states are text; ids
-- grow with time (ids.py).

CREATE TABLE dialer.account (
    account_sid       text PRIMARY KEY,
    tenant_id         text NOT NULL,
    -- Calls per second that Twilio grants; what is used of it stands in gcra.
    cps               double precision NOT NULL CHECK (cps > 0),
    -- Calls this account may have at once; NULL: as many as the gateways have slots.
    max_in_flight     integer CHECK (max_in_flight >= 0),
    -- open: nothing is posted until breaker_until, or until a person closes it (NULL).
    breaker           text NOT NULL DEFAULT 'closed' CHECK (breaker IN ('closed', 'open')),
    breaker_reason    text,
    breaker_until     timestamptz,
    -- Twilio's clock minus ours, from the Date header of its answers.
    clock_offset_ms   integer NOT NULL DEFAULT 0,
    -- Calls of the account older than this were all compared with our attempts.
    swept_until       timestamptz,
    created_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at        timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE dialer.from_number (
    id                uuid PRIMARY KEY,
    tenant_id         text NOT NULL,
    account_sid       text NOT NULL REFERENCES dialer.account,
    pool              text NOT NULL DEFAULT 'default',
    num_key           text NOT NULL,
    num_hmac          bytea NOT NULL,
    num_enc           bytea NOT NULL,
    region            text NOT NULL,
    state             text NOT NULL DEFAULT 'active'
                      CHECK (state IN ('active', 'resting', 'quarantined', 'retired')),
    state_until       timestamptz,
    -- Calls from it in any 24 hours; NULL: no cap.
    daily_cap         integer CHECK (daily_cap > 0),
    used_at           timestamptz,
    created_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (tenant_id, num_hmac)
);

-- Serves the choice of a number: the pool's active ones, that which has rested longest first.
CREATE INDEX from_number_choice ON dialer.from_number (tenant_id, account_sid, pool, used_at)
    WHERE state = 'active';

CREATE TABLE dialer.campaign (
    id                uuid PRIMARY KEY,
    tenant_id         text NOT NULL,
    account_sid       text NOT NULL REFERENCES dialer.account,
    name              text NOT NULL,
    agent_id          text NOT NULL,
    -- NULL: the newest version at the time of each call.
    agent_version     text,
    purpose           text NOT NULL CHECK (purpose IN ('marketing', 'informational', 'emergency')),
    state             text NOT NULL DEFAULT 'draft' CHECK (state IN
                      ('draft', 'scheduled', 'running', 'pausing', 'paused',
                       'cancelling', 'cancelled', 'completed')),
    cancel_mode       text CHECK (cancel_mode IN ('drain', 'cancel_queued', 'hangup')),
    -- Why it is paused when no person paused it, a reason code of the gates or of a breaker.
    pause_reason      text,
    -- Grows with every pause, cancel and edit of what the gates read: a reservation of an older
    -- generation is never posted.
    generation        bigint NOT NULL DEFAULT 1,
    -- Grows with every change and every event under the row's lock: ETag, and the cursor of the
    -- event stream, in which a smaller number can never appear after a greater one.
    version           bigint NOT NULL DEFAULT 1,
    -- Windows, holidays, retries, caps, ring and talk limits, answering machines, overrides.
    policy            jsonb NOT NULL DEFAULT '{}',
    default_region    text,
    from_pool         text NOT NULL DEFAULT 'default',
    -- Holds one contact that was called by itself: POST /v1/calls.
    single            boolean NOT NULL DEFAULT false,
    -- Smaller goes first among the campaigns of one priority class; the share within is weight's.
    priority          smallint NOT NULL DEFAULT 100,
    weight            double precision NOT NULL DEFAULT 1 CHECK (weight > 0),
    cps               double precision CHECK (cps > 0),
    max_in_flight     integer CHECK (max_in_flight >= 0),
    -- Millionths of the account's currency: reserved when posted, settled when ended.
    cost_cap_micros   bigint CHECK (cost_cap_micros >= 0),
    cost_micros       bigint NOT NULL DEFAULT 0,
    starts_at         timestamptz,
    ends_at           timestamptz,
    started_at        timestamptz,
    finished_at       timestamptz,
    created_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at        timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Serves the pages of the API, with or without a state.
CREATE INDEX campaign_page ON dialer.campaign (tenant_id, created_at, id) INCLUDE (state);

-- Serves the placer's choice and the scheduler: the few campaigns that are alive.
CREATE INDEX campaign_alive ON dialer.campaign (account_sid, state, priority, id)
    WHERE state IN ('scheduled', 'running', 'pausing', 'cancelling');

CREATE TABLE dialer.contact (
    id                uuid PRIMARY KEY,
    tenant_id         text NOT NULL,
    campaign_id       uuid NOT NULL REFERENCES dialer.campaign,
    -- The customer's own name for it: sending a list twice adds nobody twice.
    external_id       text,
    num_key           text NOT NULL,
    num_hmac          bytea NOT NULL,
    num_enc           bytea NOT NULL,
    extension_enc     bytea,
    -- Country (ISO 3166-1) of the number and subdivisions (ISO 3166-2, without the country) of
    -- number and address: the rules of all of them hold.
    country           text NOT NULL,
    subdivisions      text[] NOT NULL DEFAULT '{}',
    -- Time zones the person may be in: it must be a permitted hour in every one of them.
    zones             text[] NOT NULL DEFAULT '{}',
    -- Values of the agent's variables, encrypted JSON.
    variables_enc     bytea,
    -- Allow-listed settings of the call that differ from the campaign's.
    overrides         jsonb NOT NULL DEFAULT '{}',
    consent           text NOT NULL DEFAULT 'none'
                      CHECK (consent IN ('none', 'implied', 'express', 'written')),
    consent_at        timestamptz,
    consent_source    text,
    -- When the number was last compared with a list of reassigned numbers.
    scrubbed_at       timestamptz,
    -- The contact that is called for this one too: the same number, one call.
    linked_to         uuid REFERENCES dialer.contact,
    state             text NOT NULL DEFAULT 'ready' CHECK (state IN
                      ('ready', 'waiting', 'dialing', 'needs_review', 'needs_timezone',
                       'done', 'exhausted', 'expired', 'suppressed', 'cancelled')),
    disposition       text CHECK (disposition IN
                      ('human', 'machine', 'busy', 'no_answer', 'invalid_number',
                       'rejected_by_carrier', 'blocked', 'failed_network', 'canceled',
                       'suppressed', 'expired', 'exhausted', 'indeterminate')),
    -- Second level: why, as a reason code.
    detail            text,
    -- Class: 0 promised call-backs and tests, 1 retries, 2 never called.
    priority          smallint NOT NULL DEFAULT 2 CHECK (priority BETWEEN 0 AND 2),
    -- Not before this moment.
    next_at           timestamptz NOT NULL DEFAULT clock_timestamp(),
    attempts_used     smallint NOT NULL DEFAULT 0,
    -- The number of the last attempt, counted or not: attempt_no of the next one is one more.
    last_attempt_no   smallint NOT NULL DEFAULT 0,
    expires_at        timestamptz,
    import_id         uuid,
    created_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    CHECK ((disposition IS NOT NULL)
           = (state IN ('done', 'exhausted', 'expired', 'suppressed', 'cancelled')))
) WITH (fillfactor = 85, autovacuum_vacuum_scale_factor = 0.02);

-- Serves reserve: FOR UPDATE SKIP LOCKED over one campaign's ready contacts, in this order.
CREATE INDEX contact_ready ON dialer.contact (campaign_id, priority, next_at, id)
    WHERE state = 'ready';

-- Serves the timer that makes waiting contacts ready.
CREATE INDEX contact_waiting ON dialer.contact (next_at, id) WHERE state = 'waiting';

-- Serves the timer that gives up on contacts whose time is over.
CREATE INDEX contact_expiry ON dialer.contact (expires_at, id)
    WHERE expires_at IS NOT NULL
      AND state IN ('ready', 'waiting', 'needs_review', 'needs_timezone');

-- Keeps a number from being listed twice in a campaign; serves the importer's look-up, and an
-- opt-out, which asks for everything that still wants to call this number (num_hmac covers the
-- tenant). One index for both: each costs an import of a million rows some seconds.
CREATE UNIQUE INDEX contact_number ON dialer.contact (num_hmac, campaign_id)
    WHERE linked_to IS NULL;

CREATE UNIQUE INDEX contact_external ON dialer.contact (campaign_id, external_id)
    WHERE external_id IS NOT NULL;

-- Serves the pages; those of a common state, too.
CREATE INDEX contact_page ON dialer.contact (campaign_id, created_at, id);

-- Serves the counters as an index-only scan, and the pages of a rare state.
CREATE INDEX contact_state ON dialer.contact (campaign_id, state, disposition);

CREATE INDEX contact_linked ON dialer.contact (linked_to) WHERE linked_to IS NOT NULL;
