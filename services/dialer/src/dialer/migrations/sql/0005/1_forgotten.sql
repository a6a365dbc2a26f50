-- Serve the removal of what is old: both tables grow by a row for each call, in the order of time.
CREATE INDEX freq_ledger_age ON dialer.freq_ledger USING brin (posted_at)
    WITH (autosummarize = on);

CREATE INDEX call_fact_age ON dialer.call_fact USING brin (updated_at) WITH (autosummarize = on);

-- What a call came to stands in its attempt.
ALTER TABLE dialer.call_fact DROP COLUMN end_reason, DROP COLUMN call_seconds;
