"""The tables behind every API, for the migrations of the services: one set in each schema."""

from sqlalchemy import Connection

from trunkline.database.names import checked

_STATEMENTS = (
    """
    CREATE TABLE {schema}.api_key (
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
    )""",
    "CREATE INDEX api_key_page ON {schema}.api_key (tenant_id, created_at, id)",
    # Answers to requests that may come twice; stored in the transaction of what they did.
    """
    CREATE TABLE {schema}.idempotency (
        tenant_id         text NOT NULL,
        method            text NOT NULL,
        path              text NOT NULL,
        -- Hash of the client's key.
        key               text NOT NULL,
        -- Hash of key and body: the same key with another body is refused.
        fingerprint       bytea NOT NULL,
        status            smallint NOT NULL,
        headers           jsonb NOT NULL,
        body_enc          bytea NOT NULL,
        created_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
        expires_at        timestamptz NOT NULL DEFAULT clock_timestamp() + interval '7 days',
        PRIMARY KEY (tenant_id, method, path, key)
    )""",
    "CREATE INDEX idempotency_expiry ON {schema}.idempotency (expires_at)",
    """
    CREATE TABLE {schema}.audit (
        id                bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        tenant_id         text NOT NULL,
        actor             text NOT NULL,
        action            text NOT NULL,
        subject_kind      text NOT NULL,
        subject_id        text NOT NULL,
        reason            text,
        -- What changed; no numbers, nobody's words.
        change            jsonb NOT NULL DEFAULT '{{}}',
        created_at        timestamptz NOT NULL DEFAULT clock_timestamp()
    )""",
    "CREATE INDEX audit_page ON {schema}.audit (tenant_id, created_at, id)",
    "CREATE INDEX audit_subject ON {schema}.audit (tenant_id, subject_kind, subject_id, id)",
    """
    CREATE FUNCTION {schema}.refuse_change() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$""",
    """
    CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {schema}.audit
        FOR EACH STATEMENT EXECUTE FUNCTION {schema}.refuse_change()""",
)


def api_tables(schema: str) -> tuple[str, ...]:
    """The statements that make `api_key`, `idempotency` and `audit`, one by one."""
    return tuple(statement.format(schema=checked(schema)) for statement in _STATEMENTS)


def create_api_tables(connection: Connection, schema: str) -> None:
    """Run them; for a revision: `create_api_tables(op.get_bind(), "dialer")`."""
    for statement in api_tables(schema):
        connection.exec_driver_sql(statement)
