-- What the contact was told, in the transaction that told it; NULL while the attempt is open.
ALTER TABLE dialer.attempt ADD COLUMN outcome text;

-- Calls per second from this number, if they are fewer than its account's.
ALTER TABLE dialer.from_number ADD COLUMN cps double precision CHECK (cps > 0);
