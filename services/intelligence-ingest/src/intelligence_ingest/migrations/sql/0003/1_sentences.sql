-- When the sentence's call was: a search reads the sentences of one stretch of calls after the other.

ALTER TABLE intelligence.sentence ADD COLUMN call_filed_at timestamptz;

UPDATE intelligence.sentence SET call_filed_at = transcript.call_filed_at
FROM intelligence.transcript
WHERE transcript.transcript_sid = sentence.transcript_sid
  AND transcript.filed_at = sentence.filed_at AND transcript.call_filed_at IS NOT NULL;
