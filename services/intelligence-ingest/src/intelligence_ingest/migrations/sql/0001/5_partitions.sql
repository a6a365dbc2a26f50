-- Months. A default partition takes what belongs to none, so that nothing is ever refused.

CREATE FUNCTION intelligence.partitioned() RETURNS SETOF text LANGUAGE sql STABLE AS
$$
    SELECT c.relname::text FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'intelligence' AND c.relkind = 'p' ORDER BY c.relname
$$;

-- Makes one month's partition of one table, and moves what the default partition has of it. A table
-- that is attached when it is full locks out nobody but writers of the default partition.
CREATE FUNCTION intelligence.make_partition(parent text, month timestamptz) RETURNS boolean
    LANGUAGE plpgsql AS
$$
DECLARE
    first timestamptz := date_trunc('month', month, 'UTC');
    next timestamptz := date_trunc('month', first + interval '32 days', 'UTC');
    name text := parent || '_' || to_char(first AT TIME ZONE 'UTC', 'YYYYMM');
    columns text;
BEGIN
    IF to_regclass('intelligence.' || name) IS NOT NULL THEN
        RETURN false;
    END IF;
    SELECT string_agg(quote_ident(column_name), ', ' ORDER BY ordinal_position) INTO columns
        FROM information_schema.columns
        WHERE table_schema = 'intelligence' AND table_name = parent AND is_generated = 'NEVER';
    EXECUTE format('CREATE TABLE intelligence.%I (LIKE intelligence.%I INCLUDING ALL)', name, parent);
    EXECUTE format(
        'WITH moved AS (DELETE FROM intelligence.%I WHERE filed_at >= %L AND filed_at < %L'
        ' RETURNING %s) INSERT INTO intelligence.%I (%s) SELECT * FROM moved',
        parent || '_default', first, next, columns, name, columns);
    EXECUTE format(
        'ALTER TABLE intelligence.%I ATTACH PARTITION intelligence.%I FOR VALUES FROM (%L) TO (%L)',
        parent, name, first, next);
    RETURN true;
END
$$;

-- Makes the partitions of the month before this one to `ahead` months from now; how many were new.
CREATE FUNCTION intelligence.make_partitions(ahead integer) RETURNS integer LANGUAGE plpgsql AS
$$
DECLARE
    made integer := 0;
    parent text;
    n integer;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('intelligence partitions', 0));
    FOR parent IN SELECT intelligence.partitioned() LOOP
        FOR n IN -1..ahead LOOP
            IF intelligence.make_partition(
                parent, date_trunc('month', clock_timestamp(), 'UTC') + n * interval '1 month')
            THEN
                made := made + 1;
            END IF;
        END LOOP;
    END LOOP;
    RETURN made;
END
$$;

-- Drops the partitions that end before `oldest`; how many there were.
CREATE FUNCTION intelligence.drop_partitions(oldest timestamptz) RETURNS integer LANGUAGE plpgsql AS
$$
DECLARE
    dropped integer := 0;
    partition text;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('intelligence partitions', 0));
    FOR partition IN
        SELECT c.relname::text FROM pg_catalog.pg_inherits i
        JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid
        JOIN pg_catalog.pg_namespace s ON s.oid = c.relnamespace
        WHERE s.nspname = 'intelligence' AND c.relkind = 'r' AND c.relname ~ '_[0-9]{6}$'
          AND to_timestamp(right(c.relname, 6) || ' UTC', 'YYYYMM TZ') + interval '1 month' <= oldest
    LOOP
        EXECUTE format('DROP TABLE intelligence.%I', partition);
        dropped := dropped + 1;
    END LOOP;
    RETURN dropped;
END
$$;

CREATE TABLE intelligence.call_default PARTITION OF intelligence.call DEFAULT;

CREATE TABLE intelligence.turn_default PARTITION OF intelligence.turn DEFAULT;

CREATE TABLE intelligence.tool_use_default PARTITION OF intelligence.tool_use DEFAULT;

CREATE TABLE intelligence.transcript_default PARTITION OF intelligence.transcript DEFAULT;

CREATE TABLE intelligence.sentence_default PARTITION OF intelligence.sentence DEFAULT;

CREATE TABLE intelligence.operator_result_default PARTITION OF intelligence.operator_result DEFAULT;

SELECT intelligence.make_partitions(3);
