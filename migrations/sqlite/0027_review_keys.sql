-- The keys that somebody chose for the review, e.g. `approve=w reject=q`; NULL: the standard ones.
ALTER TABLE users ADD COLUMN review_keys TEXT;
