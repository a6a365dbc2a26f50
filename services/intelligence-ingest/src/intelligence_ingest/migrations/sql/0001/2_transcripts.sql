-- What providers tell about calls, and what our own operators found. One table of results for all:
-- a typed column for each form that a result can have, and the document as it came beside them.

-- A transcript of v2 (GT...) or a conversation of v3.
CREATE TABLE intelligence.transcript (
    transcript_sid    text NOT NULL,
    filed_at          timestamptz NOT NULL,
    -- That of the call; until it is known, that of the account.
    tenant_id         text NOT NULL,
    -- v2 or v3.
    api               text NOT NULL,
    account_sid       text NOT NULL,
    -- Intelligence service (GA...) or configuration.
    service_sid       text,
    -- What was transcribed: a ConversationRelay session (VX...) or a recording (RE...).
    source_sid        text,
    -- The call of that session; NULL while no session of ours has this id.
    call_sid          text,
    call_filed_at     timestamptz,
    status            text NOT NULL,
    -- BCP-47.
    language          text,
    customer_key      text,
    redacted          boolean NOT NULL,
    duration_s        integer,
    media_started_at  timestamptz,
    created_at        timestamptz,
    -- Which channel is whose: {"1": "agent", "2": "customer"}.
    channels          jsonb NOT NULL DEFAULT '{}',
    -- The document, encrypted: its participants may be numbers and names. NULL once words are over.
    raw_enc           bytea,
    -- webhook, sweep or rerun: who was first.
    found_by          text NOT NULL,
    -- When what is stored was asked for: what was asked for earlier changes nothing.
    fetched_at        timestamptz NOT NULL,
    -- SHA-256 of all its documents: the same again changes nothing.
    content_hash      bytea NOT NULL,
    updated_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (transcript_sid, filed_at)
) PARTITION BY RANGE (filed_at);

-- Serves the pages of the API.
CREATE INDEX transcript_page
    ON intelligence.transcript (tenant_id, filed_at DESC, transcript_sid DESC);

-- Serves the story of a call, and its erasure.
CREATE INDEX transcript_call ON intelligence.transcript (call_sid) WHERE call_sid IS NOT NULL;

-- Serves a session that is told of after its transcript was read.
CREATE INDEX transcript_source ON intelligence.transcript (source_sid)
    WHERE call_sid IS NULL AND source_sid IS NOT NULL;

CREATE TABLE intelligence.sentence (
    transcript_sid    text NOT NULL,
    sentence_index    integer NOT NULL,
    filed_at          timestamptz NOT NULL,
    tenant_id         text NOT NULL,
    call_sid          text,
    sentence_sid      text,
    channel           integer,
    -- agent, customer, or NULL if the channel is nobody's we know.
    speaker           text,
    -- Seconds since the recording began.
    start_s           double precision,
    end_s             double precision,
    body              text NOT NULL,
    confidence        double precision,
    -- [{"word": ..., "start_s": ..., "end_s": ...}]
    words             jsonb,
    language          text,
    search            tsvector GENERATED ALWAYS AS
                      (intelligence.searchable(language, body)) STORED,
    PRIMARY KEY (transcript_sid, sentence_index, filed_at)
) PARTITION BY RANGE (filed_at);

-- Serves the search over words.
CREATE INDEX sentence_search ON intelligence.sentence USING gin (search);

-- Serves the erasure of a call, and its story.
CREATE INDEX sentence_call ON intelligence.sentence (call_sid) WHERE call_sid IS NOT NULL;

CREATE TABLE intelligence.operator_result (
    -- Transcript, conversation, or for our own operators the call.
    subject_id        text NOT NULL,
    -- Names the result within its subject: the operator (v2), the result (v3), or the name of an
    -- operator of ours.
    result_key        text NOT NULL,
    filed_at          timestamptz NOT NULL,
    tenant_id         text NOT NULL,
    -- v2, v3 or own.
    source            text NOT NULL,
    call_sid          text,
    call_filed_at     timestamptz,
    operator_sid      text,
    operator_name     text NOT NULL,
    -- As the provider names it, known to us or not: conversation-classify, utterance-classify,
    -- extract, extract-normalize, pii-extract, text-generation, json (v2); TEXT, JSON,
    -- CLASSIFICATION, EXTRACTION (v3); classifier, phrase, measure (own).
    operator_type     text NOT NULL,
    operator_version  text,
    -- conversation-classify, CLASSIFICATION, classifier.
    label             text,
    score             double precision,
    -- {label: score}
    label_scores      jsonb,
    -- utterance-classify, extract, phrase: whether it was found, and how surely.
    matched           boolean,
    match_score       double precision,
    utterances        jsonb,
    -- extract, pii-extract, EXTRACTION.
    extracted         jsonb,
    -- extract-normalize.
    normalized        text,
    -- text-generation, TEXT.
    result_text       text,
    -- json, JSON.
    result_json       jsonb,
    -- measure: a figure, whose unit the operator's name tells.
    measure           double precision,
    -- Own operators: what they found it by.
    evidence          jsonb,
    -- The provider's document as it came, with what we do not know of in it.
    raw               jsonb,
    created_at        timestamptz,
    updated_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (subject_id, result_key, filed_at)
) PARTITION BY RANGE (filed_at);

-- Serves the pages of the API, with or without an operator's name.
CREATE INDEX operator_result_page
    ON intelligence.operator_result (tenant_id, filed_at DESC, subject_id DESC, result_key DESC);

CREATE INDEX operator_result_name
    ON intelligence.operator_result (tenant_id, operator_name, filed_at DESC) INCLUDE (label);

-- Serves calls by label, in the order of their pages.
CREATE INDEX operator_result_label
    ON intelligence.operator_result (tenant_id, label, call_filed_at DESC, call_sid DESC)
    WHERE label IS NOT NULL;

-- Serves calls by what was found in them.
CREATE INDEX operator_result_matched
    ON intelligence.operator_result (tenant_id, operator_name, call_filed_at DESC, call_sid DESC)
    WHERE matched;

-- Serves the story of a call, and its erasure.
CREATE INDEX operator_result_call ON intelligence.operator_result (call_sid)
    WHERE call_sid IS NOT NULL;
