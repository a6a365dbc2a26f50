-- What our own agents said and heard: calls, their sessions, turns and uses of tools.
--
-- Throughout: times are timestamptz. What is kept for long is partitioned by month of filed_at, the
-- time under which everything about one call (or one transcript) is filed: intelligence.anchor says
-- it once and for ever, so that keys are the same however often, and in whichever order, records are
-- read. A telephone number exists only as num_hmac (keyed by the key named in num_key) and num_enc;
-- what may hold one without being words (keys pressed, arguments of tools) is encrypted.

-- The first news of a call (CA...), transcript (GT...) or conversation decides where it is filed.
CREATE TABLE intelligence.anchor (
    subject_id        text PRIMARY KEY,
    tenant_id         text NOT NULL,
    filed_at          timestamptz NOT NULL
);

-- Serves retention: anchors of months that are gone.
CREATE INDEX anchor_age ON intelligence.anchor (filed_at);

-- The words of a text, to be searched: as they stand, and by their stems where the language has
-- some. Search with websearch_to_tsquery('simple', q) || websearch_to_tsquery(language, q).
CREATE FUNCTION intelligence.searchable(language text, body text) RETURNS tsvector
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$
    SELECT pg_catalog.to_tsvector('pg_catalog.simple', coalesce(body, ''))
        || CASE lower(left(coalesce(language, ''), 2))
           WHEN 'en' THEN pg_catalog.to_tsvector('pg_catalog.english', coalesce(body, ''))
           WHEN 'pt' THEN pg_catalog.to_tsvector('pg_catalog.portuguese', coalesce(body, ''))
           WHEN 'es' THEN pg_catalog.to_tsvector('pg_catalog.spanish', coalesce(body, ''))
           WHEN 'de' THEN pg_catalog.to_tsvector('pg_catalog.german', coalesce(body, ''))
           WHEN 'fr' THEN pg_catalog.to_tsvector('pg_catalog.french', coalesce(body, ''))
           WHEN 'it' THEN pg_catalog.to_tsvector('pg_catalog.italian', coalesce(body, ''))
           WHEN 'nl' THEN pg_catalog.to_tsvector('pg_catalog.dutch', coalesce(body, ''))
           ELSE '' END
$$;

CREATE TABLE intelligence.call (
    call_sid          text NOT NULL,
    filed_at          timestamptz NOT NULL,
    tenant_id         text NOT NULL,
    -- inbound or outbound-api; NULL while only turns are known.
    direction         text,
    agent_id          text,
    agent_version     text,
    -- The dialer's attempt and campaign, UUIDs; NULL for calls that nobody dialed.
    attempt_id        text,
    campaign_id       text,
    -- How the attempt ended, from dialer.events: human, machine, busy ...
    attempt_outcome   text,
    -- The number of the other side.
    num_key           text,
    num_hmac          bytea,
    num_enc           bytea,
    -- Ours.
    our_num_key       text,
    our_num_hmac      bytea,
    our_num_enc       bytea,
    started_at        timestamptz,
    -- Epoch of the CallStarted that was taken: a lower one changes nothing.
    started_epoch     bigint,
    -- Highest epoch that was told of a session.
    last_epoch        bigint NOT NULL DEFAULT -1,
    -- The end as a session told it; of several, that of the highest epoch.
    end_epoch         bigint,
    end_reason        text,
    ended_at          timestamptz,
    transferred_to    text,
    turns             integer,
    duration_ms       bigint,
    -- Twilio said that the call is over though no session could.
    gone_at           timestamptz,
    -- The person does not want to be called any more: kept as evidence.
    opted_out_at      timestamptz,
    opted_out_turn    integer,
    -- Whether the call goes on, as far as the records read tell; the order they came in does not
    -- matter.
    live              boolean NOT NULL GENERATED ALWAYS AS
                      (gone_at IS NULL AND (ended_at IS NULL OR end_epoch < last_epoch)) STORED,
    -- The end reason, gone, or live.
    outcome           text NOT NULL GENERATED ALWAYS AS
                      (CASE WHEN ended_at IS NOT NULL AND end_epoch >= last_epoch THEN end_reason
                            WHEN gone_at IS NOT NULL THEN 'gone'
                            ELSE 'live' END) STORED,
    updated_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- The key has the time last: a call is found without knowing its month.
    PRIMARY KEY (call_sid, filed_at)
) PARTITION BY RANGE (filed_at);

-- Serves the pages of the API in their order, newest first.
CREATE INDEX call_page ON intelligence.call (tenant_id, filed_at DESC, call_sid DESC);

-- Serve the same pages of one agent, campaign, number or outcome.
CREATE INDEX call_agent ON intelligence.call (tenant_id, agent_id, filed_at DESC, call_sid DESC);

CREATE INDEX call_campaign
    ON intelligence.call (tenant_id, campaign_id, filed_at DESC, call_sid DESC)
    WHERE campaign_id IS NOT NULL;

CREATE INDEX call_number ON intelligence.call (tenant_id, num_hmac, filed_at DESC, call_sid DESC)
    WHERE num_hmac IS NOT NULL;

CREATE INDEX call_our_number
    ON intelligence.call (tenant_id, our_num_hmac, filed_at DESC, call_sid DESC)
    WHERE our_num_hmac IS NOT NULL;

CREATE INDEX call_outcome ON intelligence.call (tenant_id, outcome, filed_at DESC, call_sid DESC);

-- A ConversationRelay session, VX...: how a transcript (its SourceSid) finds its call. A call has
-- several when it was resumed.
CREATE TABLE intelligence.session (
    session_id        text PRIMARY KEY,
    call_sid          text NOT NULL,
    filed_at          timestamptz NOT NULL,
    tenant_id         text NOT NULL,
    epoch             bigint NOT NULL,
    started_at        timestamptz NOT NULL
);

-- Serves the story of a call, and its erasure.
CREATE INDEX session_call ON intelligence.session (call_sid);

CREATE INDEX session_age ON intelligence.session (filed_at);

CREATE TABLE intelligence.turn (
    call_sid          text NOT NULL,
    -- 0 is the greeting.
    turn              integer NOT NULL,
    filed_at          timestamptz NOT NULL,
    tenant_id         text NOT NULL,
    -- Of two records of one turn the one with the higher epoch holds, of equal epochs the later.
    epoch             bigint NOT NULL,
    agent_id          text NOT NULL,
    agent_version     text NOT NULL,
    -- BCP-47.
    language          text NOT NULL,
    -- Words: NULL once their time is over.
    asked             text,
    said              text,
    -- The part of said that reached the caller's ear.
    heard             text,
    keys_enc          bytea,
    interrupted       boolean NOT NULL,
    attempts          integer NOT NULL,
    fillers           integer NOT NULL,
    apologised        boolean NOT NULL,
    -- "provider/model" of the reply; empty if no attempt was complete.
    model             text NOT NULL,
    prompt_tokens     integer NOT NULL,
    completion_tokens integer NOT NULL,
    cached_tokens     integer NOT NULL,
    reasoning_tokens  integer NOT NULL,
    -- Of the complete attempt, by the worker's clock.
    queued_ms         integer NOT NULL,
    first_token_ms    integer NOT NULL,
    total_ms          integer NOT NULL,
    tools_ms          integer NOT NULL,
    -- When the caller's words were complete, from then to the first words sent, and when it was over.
    asked_at          timestamptz NOT NULL,
    first_words_ms    integer NOT NULL,
    finished_at       timestamptz NOT NULL,
    search            tsvector GENERATED ALWAYS AS
                      (intelligence.searchable(language, asked || ' ' || heard)) STORED,
    PRIMARY KEY (call_sid, turn, filed_at)
) PARTITION BY RANGE (filed_at);

-- Serves the latency percentiles of a period.
CREATE INDEX turn_time ON intelligence.turn (tenant_id, filed_at DESC);

-- Serves the search over words. Partitions are small enough that rare words cost little.
CREATE INDEX turn_search ON intelligence.turn USING gin (search);

-- Tools and actions that were used in the turns.
CREATE TABLE intelligence.tool_use (
    call_sid          text NOT NULL,
    turn              integer NOT NULL,
    -- Names the use; the idempotency key that the tool was given.
    use_id            text NOT NULL,
    filed_at          timestamptz NOT NULL,
    tenant_id         text NOT NULL,
    round             integer NOT NULL,
    tool              text NOT NULL,
    -- succeeded, failed, not_run or unknown.
    status            text NOT NULL,
    model             text NOT NULL,
    -- JSON object, and text or JSON: NULL once the time of words is over.
    arguments_enc     bytea,
    result_enc        bytea,
    PRIMARY KEY (call_sid, turn, use_id, filed_at)
) PARTITION BY RANGE (filed_at);

-- Serves the counts of transfers, escalations and tools over a period.
CREATE INDEX tool_use_tool ON intelligence.tool_use (tenant_id, tool, filed_at DESC);
