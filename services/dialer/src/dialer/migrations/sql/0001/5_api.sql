-- Behind the API: imports, keys, answers that may be asked for twice, and who did what.

CREATE TABLE dialer.import_job (
    id                uuid PRIMARY KEY,
    tenant_id         text NOT NULL,
    campaign_id       uuid NOT NULL REFERENCES dialer.campaign,
    -- uploading: its parts are still coming in; nobody works on it yet.
    state             text NOT NULL DEFAULT 'pending' CHECK (state IN
                      ('uploading', 'pending', 'running', 'completed', 'failed', 'cancelled')),
    format            text NOT NULL CHECK (format IN ('csv', 'ndjson', 'json')),
    options           jsonb NOT NULL DEFAULT '{}',
    sha256            bytea,
    bytes             bigint NOT NULL DEFAULT 0,
    -- Rows and bytes whose contacts are committed: where another process goes on.
    rows_done         bigint NOT NULL DEFAULT 0,
    bytes_done        bigint NOT NULL DEFAULT 0,
    rows_total        bigint,
    accepted          bigint NOT NULL DEFAULT 0,
    rejected          bigint NOT NULL DEFAULT 0,
    duplicates        bigint NOT NULL DEFAULT 0,
    suppressed        bigint NOT NULL DEFAULT 0,
    error_code        text,
    owner_epoch       uuid,
    lease_until       timestamptz,
    created_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at       timestamptz
);

-- Serves the importers: the oldest job that nobody has in hand, FOR UPDATE SKIP LOCKED.
CREATE INDEX import_job_open ON dialer.import_job (created_at, id)
    WHERE state IN ('pending', 'running');

CREATE INDEX import_job_page ON dialer.import_job (campaign_id, created_at, id);

-- The list itself, encrypted, in parts, until the job is done: any replica can go on.
CREATE TABLE dialer.import_part (
    import_id         uuid NOT NULL REFERENCES dialer.import_job ON DELETE CASCADE,
    part_no           integer NOT NULL,
    tenant_id         text NOT NULL,
    content_enc       bytea NOT NULL,
    PRIMARY KEY (import_id, part_no)
);

CREATE TABLE dialer.import_error (
    import_id         uuid NOT NULL REFERENCES dialer.import_job ON DELETE CASCADE,
    row_no            bigint NOT NULL,
    error_no          smallint NOT NULL DEFAULT 0,
    tenant_id         text NOT NULL,
    -- The header's name of the column; empty: the row as a whole.
    column_name       text NOT NULL DEFAULT '',
    code              text NOT NULL,
    -- What stood there, with all but its form and last digits hidden.
    value_masked      text,
    PRIMARY KEY (import_id, row_no, error_no)
);

ALTER TABLE dialer.contact
    ADD FOREIGN KEY (import_id) REFERENCES dialer.import_job ON DELETE SET NULL;

CREATE INDEX contact_import ON dialer.contact (import_id) WHERE import_id IS NOT NULL;

-- Answers to requests that may come twice; stored in the transaction of what they did.
CREATE TABLE dialer.idempotency (
    tenant_id         text NOT NULL,
    -- Method, path and the client's key.
    method            text NOT NULL,
    path              text NOT NULL,
    key               text NOT NULL,
    -- Hash of the body: the same key with another body is refused.
    fingerprint       bytea NOT NULL,
    state             text NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'answered')),
    status            smallint,
    headers           jsonb,
    body_enc          bytea,
    created_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at        timestamptz NOT NULL DEFAULT clock_timestamp() + interval '7 days',
    PRIMARY KEY (tenant_id, method, path, key)
);

CREATE INDEX idempotency_expiry ON dialer.idempotency (expires_at);

CREATE TABLE dialer.api_key (
    id                uuid PRIMARY KEY,
    tenant_id         text NOT NULL,
    name              text NOT NULL,
    -- The first characters, to recognise it by; the key itself is nowhere.
    prefix            text NOT NULL,
    key_hash          bytea NOT NULL UNIQUE,
    scopes            text[] NOT NULL,
    requests_per_second double precision NOT NULL DEFAULT 20 CHECK (requests_per_second > 0),
    created_by        text NOT NULL,
    created_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at        timestamptz,
    used_at           timestamptz,
    revoked_at        timestamptz
);

CREATE INDEX api_key_page ON dialer.api_key (tenant_id, created_at, id);

CREATE TABLE dialer.audit (
    id                bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id         text NOT NULL,
    -- The key or the part of the service that did it.
    actor             text NOT NULL,
    action            text NOT NULL,
    subject_kind      text NOT NULL,
    subject_id        text NOT NULL,
    reason            text,
    -- What changed; no numbers, no variables.
    change            jsonb NOT NULL DEFAULT '{}',
    created_at        timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE INDEX audit_page ON dialer.audit (tenant_id, created_at, id);

CREATE INDEX audit_subject ON dialer.audit (tenant_id, subject_kind, subject_id, id);

-- What was written there stays.
CREATE FUNCTION dialer.refuse_change() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$;

CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON dialer.audit
    FOR EACH ROW EXECUTE FUNCTION dialer.refuse_change();
