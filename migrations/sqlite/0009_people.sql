-- A link by which somebody sets their own password: an invitation, or a reset. One for each person, and it works once.
CREATE TABLE access_links (
    user_id    BLOB PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    token_hash TEXT NOT NULL,
    expires_at TEXT NOT NULL
);
CREATE UNIQUE INDEX uq_access_links_token ON access_links (token_hash);
ALTER TABLE users ADD COLUMN last_login_at TEXT;
