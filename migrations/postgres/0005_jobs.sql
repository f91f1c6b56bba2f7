-- Work that is done in the background, written down in the transaction that causes it. The other folder has the same table.

CREATE TABLE jobs (
    id                     UUID PRIMARY KEY,
    kind                   TEXT NOT NULL,
    -- What the kind needs to know.
    payload                JSONB NOT NULL,
    -- Of those that do the same, one waits and one runs at a time. NULL: each is different.
    dedupe_key             TEXT,
    -- Deleted with it.
    integration_account_id UUID REFERENCES integrations_accounts (id) ON DELETE CASCADE,
    state                  TEXT NOT NULL CHECK (state IN ('queued', 'running', 'failed')),
    -- Counted when it is taken: one that kills its process ends as well.
    attempts               INTEGER NOT NULL DEFAULT 0,
    max_attempts           INTEGER NOT NULL,
    run_after              TIMESTAMPTZ NOT NULL,
    -- Who runs it, and how long that is believed without a sign of life.
    process                UUID,
    lease_until            TIMESTAMPTZ,
    -- Why the last attempt failed.
    error                  TEXT,
    created_at             TIMESTAMPTZ NOT NULL,
    updated_at             TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX uq_jobs_queued ON jobs (kind, dedupe_key) WHERE state = 'queued';
CREATE UNIQUE INDEX uq_jobs_running ON jobs (kind, dedupe_key) WHERE state = 'running';
CREATE INDEX idx_jobs_waiting ON jobs (run_after, id) WHERE state = 'queued';
CREATE INDEX idx_jobs_created_at ON jobs (created_at, id);
CREATE INDEX idx_jobs_account ON jobs (integration_account_id);
