-- A comparison that has not come to its end: when it began, and the page of Twilio's list at which it
-- goes on, on any replica. NULL: none is under way; begun, and no page: at the newest calls.
ALTER TABLE dialer.account ADD COLUMN walk_from timestamptz, ADD COLUMN walk_page text;
