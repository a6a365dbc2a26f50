-- Who may not be called, and who decided so.

CREATE TABLE dialer.suppression (
    id                uuid PRIMARY KEY,
    tenant_id         text NOT NULL,
    -- tenant: every campaign; account: those of one Twilio account; campaign: that one.
    scope             text NOT NULL DEFAULT 'tenant'
                      CHECK (scope IN ('tenant', 'account', 'campaign')),
    -- Empty, the account's sid, or the campaign's id.
    scope_key         text NOT NULL DEFAULT '',
    num_key           text NOT NULL,
    num_hmac          bytea NOT NULL,
    -- NULL: came as a hash, and cannot be rotated without its source.
    num_enc           bytea,
    reason            text NOT NULL CHECK (reason IN
                      ('opt_out', 'complaint', 'do_not_call_list', 'reassigned', 'litigator',
                       'invalid', 'manual')),
    -- call, api, import, or the name of a list.
    source            text NOT NULL,
    call_sid          text,
    created_by        text,
    created_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- NULL: for ever.
    expires_at        timestamptz,
    CHECK ((scope = 'tenant') = (scope_key = '')),
    -- Serves the gate, which asks for a number under all keys in use, and keeps it once.
    UNIQUE (tenant_id, num_hmac, scope, scope_key)
);

CREATE INDEX suppression_page ON dialer.suppression (tenant_id, created_at, id);

CREATE INDEX suppression_expiry ON dialer.suppression (expires_at) WHERE expires_at IS NOT NULL;

-- Serves the rotation of the key.
CREATE INDEX suppression_key ON dialer.suppression (num_key, id);

-- A tenant's departure from a rule of presets.py: each has a reason and a name.
CREATE TABLE dialer.rule_override (
    id                uuid PRIMARY KEY,
    tenant_id         text NOT NULL,
    -- NULL: for all campaigns of the tenant.
    campaign_id       uuid REFERENCES dialer.campaign,
    country           text NOT NULL,
    -- NULL: in the whole country.
    subdivision       text,
    rule              text NOT NULL,
    value             jsonb NOT NULL,
    reason            text NOT NULL CHECK (reason <> ''),
    approved_by       text NOT NULL,
    created_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at        timestamptz,
    revoked_at        timestamptz
);

CREATE INDEX rule_override_tenant ON dialer.rule_override (tenant_id, country)
    WHERE revoked_at IS NULL;

-- While a row is there that was not lifted, nothing in its scope is posted. The gates read it in
-- the transaction of the write-ahead.
CREATE TABLE dialer.emergency_stop (
    id                uuid PRIMARY KEY,
    -- Empty with scope everything.
    tenant_id         text NOT NULL,
    scope             text NOT NULL CHECK (scope IN ('everything', 'tenant', 'account')),
    scope_key         text NOT NULL DEFAULT '',
    reason            text NOT NULL,
    stopped_by        text NOT NULL,
    stopped_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    lifted_by         text,
    lifted_at         timestamptz
);

CREATE UNIQUE INDEX emergency_stop_in_force
    ON dialer.emergency_stop (scope, tenant_id, scope_key) WHERE lifted_at IS NULL;
