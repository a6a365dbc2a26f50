-- What must not come back, and what may be kept for how long.
--
-- Every transaction that stores something about a call first takes the lock below, shared, and leaves
-- out what is erased; an erasure takes it alone. So nothing slips in between.

CREATE TABLE intelligence.erasure (
    id                uuid PRIMARY KEY,
    tenant_id         text NOT NULL,
    -- call or number.
    kind              text NOT NULL CHECK (kind IN ('call', 'number')),
    -- Of the number: calls with it that began before requested_at are never stored again.
    num_key           text,
    num_hmac          bytea,
    requested_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    requested_by      text NOT NULL,
    state             text NOT NULL DEFAULT 'running'
                      CHECK (state IN ('running', 'completed', 'incomplete')),
    finished_at       timestamptz,
    CHECK ((num_hmac IS NOT NULL) = (kind = 'number'))
);

CREATE INDEX erasure_page ON intelligence.erasure (tenant_id, requested_at DESC, id);

-- Serves the consultation when a call's numbers become known. The same number under several keys has
-- a row for each in erased_number.
CREATE TABLE intelligence.erased_number (
    num_hmac          bytea NOT NULL,
    erasure_id        uuid NOT NULL REFERENCES intelligence.erasure,
    tenant_id         text NOT NULL,
    num_key           text NOT NULL,
    -- Calls that began before.
    before            timestamptz NOT NULL,
    PRIMARY KEY (num_hmac, erasure_id)
);

-- Everything by which news could bring it back: CallSids, session ids, transcripts.
CREATE TABLE intelligence.erased (
    subject_id        text PRIMARY KEY,
    erasure_id        uuid NOT NULL REFERENCES intelligence.erasure,
    tenant_id         text NOT NULL,
    erased_at         timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE INDEX erased_erasure ON intelligence.erased (erasure_id);

-- Where a person's data is, and what became of it there.
CREATE TABLE intelligence.erasure_place (
    erasure_id        uuid NOT NULL REFERENCES intelligence.erasure,
    -- database, transcript, recording or call_record.
    place             text NOT NULL,
    -- GT..., RE..., CA...; empty for the database.
    subject_id        text NOT NULL DEFAULT '',
    tenant_id         text NOT NULL,
    account_sid       text,
    state             text NOT NULL DEFAULT 'pending'
                      CHECK (state IN ('pending', 'erased', 'absent', 'failed')),
    tries             smallint NOT NULL DEFAULT 0,
    error_code        text,
    due_at            timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (erasure_id, place, subject_id)
);

-- Serves whoever goes on with what is not erased yet, FOR UPDATE SKIP LOCKED.
CREATE INDEX erasure_place_due ON intelligence.erasure_place (due_at) WHERE state = 'pending';

-- How many days each kind is kept: words (what was said, heard, typed and extracted), detail (calls,
-- turns, labels), evidence (opt-outs, disclosures). A tenant without a row has the settings' days.
CREATE TABLE intelligence.retention (
    tenant_id         text NOT NULL,
    kind              text NOT NULL CHECK (kind IN ('words', 'detail', 'evidence')),
    days              integer NOT NULL CHECK (days > 0),
    updated_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_by        text NOT NULL,
    PRIMARY KEY (tenant_id, kind)
);
