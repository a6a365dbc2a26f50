-- What becomes of words whose time is over.

-- Serve retention: rows that still have words, the oldest first. Those of old months have none.
CREATE INDEX turn_words ON intelligence.turn (filed_at) WHERE said IS NOT NULL;

CREATE INDEX tool_use_words ON intelligence.tool_use (filed_at)
    WHERE arguments_enc IS NOT NULL OR result_enc IS NOT NULL;

CREATE INDEX sentence_words ON intelligence.sentence (filed_at);

CREATE INDEX transcript_words ON intelligence.transcript (filed_at) WHERE raw_enc IS NOT NULL;

CREATE INDEX operator_result_words ON intelligence.operator_result (filed_at)
    WHERE (raw IS NOT NULL OR evidence IS NOT NULL) AND operator_type <> 'phrase';

-- Calls that a run over history left as they are, because their words are gone.
ALTER TABLE intelligence.operator_run ADD COLUMN left_out bigint NOT NULL DEFAULT 0;

-- Erasures of one transcript or conversation.
ALTER TABLE intelligence.erasure DROP CONSTRAINT erasure_kind_check;

ALTER TABLE intelligence.erasure ADD CONSTRAINT erasure_kind_check
    CHECK (kind IN ('call', 'number', 'transcript'));

-- SHA-256 of the last record that was read: a topic that was made anew has another one at its offset.
ALTER TABLE intelligence.consumer_offset ADD COLUMN last_record bytea;
