-- Work that is done in the background, written down in the transaction that causes it. The other folder has the same table.

CREATE TABLE jobs (
    id                     BLOB PRIMARY KEY,
    kind                   TEXT NOT NULL,
    -- What the kind needs to know.
    payload                TEXT NOT NULL,
    -- Of those that do the same, one waits and one runs at a time. NULL: each is different.
    dedupe_key             TEXT,
    -- Deleted with it.
    integration_account_id BLOB REFERENCES integrations_accounts (id) ON DELETE CASCADE,
    state                  TEXT NOT NULL CHECK (state IN ('queued', 'running', 'failed')),
    -- Counted when it is taken: one that kills its process ends as well.
    attempts               INTEGER NOT NULL DEFAULT 0,
    max_attempts           INTEGER NOT NULL,
    run_after              TEXT NOT NULL,
    -- Who runs it, and how long that is believed without a sign of life.
    process                BLOB,
    lease_until            TEXT,
    -- Why the last attempt failed.
    error                  TEXT,
    created_at             TEXT NOT NULL,
    updated_at             TEXT NOT NULL
);
CREATE UNIQUE INDEX uq_jobs_queued ON jobs (kind, dedupe_key) WHERE state = 'queued';
CREATE UNIQUE INDEX uq_jobs_running ON jobs (kind, dedupe_key) WHERE state = 'running';
CREATE INDEX idx_jobs_waiting ON jobs (run_after, id) WHERE state = 'queued';
CREATE INDEX idx_jobs_created_at ON jobs (created_at, id);
CREATE INDEX idx_jobs_account ON jobs (integration_account_id);
