-- Figures over many calls, by hour or day.

-- Serves latency percentiles and interruptions of a period, of all agents or one: everything that is
-- counted is in the index, so that no row with its words is read.
CREATE INDEX turn_figures ON intelligence.turn (tenant_id, filed_at)
    INCLUDE (call_sid, agent_id, interrupted, first_words_ms, first_token_ms, queued_ms, tools_ms,
             total_ms);

-- What it did, turn_figures does.
DROP INDEX intelligence.turn_time;

-- Serves labels over time: a result counts when its call was; without a call of ours, when it came.
CREATE INDEX operator_result_time
    ON intelligence.operator_result (tenant_id, (coalesce(call_filed_at, filed_at)))
    WHERE label IS NOT NULL;
