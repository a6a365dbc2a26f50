-- An outbox row's key is what keeps its order, and is published by one relay at a time; this is what
-- the record itself is keyed by, where that is not the same.
ALTER TABLE dialer.outbox ADD COLUMN IF NOT EXISTS record_key text;
