-- Told by a webhook of which only the URL was signed: it may be anybody's who has seen the signature.
ALTER TABLE intelligence.operator_result ADD COLUMN unverified boolean NOT NULL DEFAULT false;
