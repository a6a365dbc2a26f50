-- Whose word a transcript is, and what else is told of it.

-- Told by a webhook of which only the URL was signed: it replaces nothing that was signed.
ALTER TABLE intelligence.transcript ADD COLUMN unverified boolean NOT NULL DEFAULT false;

UPDATE intelligence.transcript AS t SET unverified = true
WHERE api = 'v3'
  AND EXISTS (SELECT 1 FROM intelligence.operator_result AS r
              WHERE r.subject_id = t.transcript_sid AND r.unverified)
  AND NOT EXISTS (SELECT 1 FROM intelligence.operator_result AS r
                  WHERE r.subject_id = t.transcript_sid AND NOT r.unverified);

-- The call of which source_sid is a recording, as Twilio tells.
ALTER TABLE intelligence.transcript ADD COLUMN recording_call_sid text;

-- Serves a call that is told of after its recording's transcript was read.
CREATE INDEX transcript_recording ON intelligence.transcript (recording_call_sid)
    WHERE call_sid IS NULL AND recording_call_sid IS NOT NULL;

-- Not written any more: it may name a person, and is in raw_enc.
UPDATE intelligence.transcript SET customer_key = NULL WHERE customer_key IS NOT NULL;

-- What the provider tells of a sentence and no other column does.
ALTER TABLE intelligence.sentence ADD COLUMN more jsonb;

-- Webhooks of kinds that nobody knows yet, as they came. Words: retention removes them as such.
CREATE TABLE intelligence.unknown_notification (
    -- SHA-256 of the record's value: the same again is the same.
    content_hash      bytea PRIMARY KEY,
    filed_at          timestamptz NOT NULL,
    tenant_id         text NOT NULL,
    account_sid       text NOT NULL,
    content_type      text NOT NULL,
    -- Its bytes, read as Latin-1.
    body_enc          bytea NOT NULL,
    unverified        boolean NOT NULL
);

-- Serves retention.
CREATE INDEX unknown_notification_age ON intelligence.unknown_notification (filed_at);

-- Transcripts that a sweep has found and could not store: tried again when due, for ever given up
-- where due_at is infinity.
CREATE TABLE intelligence.sweep_failure (
    transcript_sid    text PRIMARY KEY,
    account_sid       text NOT NULL,
    -- Tries that have failed.
    failed            smallint NOT NULL,
    -- The class of the last error; its text may quote what was said.
    error             text NOT NULL,
    due_at            timestamptz NOT NULL,
    created_at        timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Serves the sweep that takes what is due, FOR UPDATE SKIP LOCKED.
CREATE INDEX sweep_failure_due ON intelligence.sweep_failure (due_at);
