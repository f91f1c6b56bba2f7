-- Backfills, pause and cancel, workers that are seen, threads across accounts, attachments with their bytes, IMAP.
-- The PostgreSQL file beside this one makes the same changes.

-- Runs: SQLite cannot change a CHECK, so the table is made anew. Leases that point at it are void then, which is right:
-- the process that held one is not running during a migration.
CREATE TABLE sync_runs_new (
    id                     BLOB PRIMARY KEY,
    integration_account_id BLOB NOT NULL REFERENCES integrations_accounts (id) ON DELETE CASCADE,
    kind                   TEXT NOT NULL CHECK (kind IN ('sync', 'import', 'backfill')),
    triggered_by           TEXT NOT NULL CHECK (triggered_by IN ('worker', 'manual', 'cli')),
    state                  TEXT NOT NULL CHECK (state IN
                           ('queued', 'running', 'paused', 'done', 'partial', 'failed', 'interrupted', 'cancelled')),
    -- What a person asked a run for that has not happened yet.
    requested              TEXT CHECK (requested IN ('pause', 'cancel')),
    messages_total         INTEGER,
    messages_fetched       INTEGER NOT NULL DEFAULT 0,
    messages_upserted      INTEGER NOT NULL DEFAULT 0,
    pairs_created          INTEGER NOT NULL DEFAULT 0,
    pairs_skipped          INTEGER NOT NULL DEFAULT 0,
    messages_failed        INTEGER NOT NULL DEFAULT 0,
    -- Why messages make no pair: reason → count.
    skip_reasons           TEXT NOT NULL,
    bytes_done             INTEGER,
    bytes_total            INTEGER,
    -- Messages per minute of late, and how long the rest takes at that rate.
    rate_per_minute        INTEGER,
    seconds_left           INTEGER,
    -- Imports: the file, the name it was uploaded under, and the place up to which everything is stored.
    source_path            TEXT,
    source_name            TEXT,
    cursor                 TEXT,
    -- Backfills: mail received since then is fetched; NULL means all there is.
    since                  TEXT,
    errors                 TEXT NOT NULL,
    errors_total           INTEGER NOT NULL DEFAULT 0,
    waiting_for            TEXT,
    waiting_until          TEXT,
    -- A running backfill holds the account's lease only from time to time; this says that its process is alive.
    alive_until            TEXT,
    -- The process that runs it: one that comes back from the dead after another took over finds out.
    process                BLOB,
    created_at             TEXT NOT NULL,
    started_at             TEXT,
    finished_at            TEXT,
    updated_at             TEXT NOT NULL
);
INSERT INTO sync_runs_new
    (id, integration_account_id, kind, triggered_by, state, messages_total, messages_fetched, messages_upserted,
     pairs_created, pairs_skipped, messages_failed, skip_reasons, bytes_done, bytes_total, source_path, source_name,
     cursor, errors, errors_total, waiting_for, waiting_until, created_at, started_at, finished_at, updated_at)
SELECT id, integration_account_id, kind, triggered_by, state, messages_total, messages_fetched, messages_upserted,
     pairs_created, pairs_skipped, messages_failed, skip_reasons, bytes_done, bytes_total, source_path, source_name,
     cursor, errors, errors_total, waiting_for, waiting_until, created_at, started_at, finished_at, updated_at
FROM sync_runs;
DROP TABLE sync_runs;
ALTER TABLE sync_runs_new RENAME TO sync_runs;
CREATE INDEX idx_sync_runs_account ON sync_runs (integration_account_id, created_at);
CREATE INDEX idx_sync_runs_state ON sync_runs (state);

-- One backfill of an account at a time.
CREATE UNIQUE INDEX uq_sync_runs_open_backfill ON sync_runs (integration_account_id)
    WHERE kind = 'backfill' AND state IN ('queued', 'running', 'paused');

-- A sync waits for a backfill to step aside.
ALTER TABLE sync_state ADD COLUMN wanted_at TEXT;
-- The worker leaves the account alone until then, and why.
ALTER TABLE sync_state ADD COLUMN not_before TEXT;
ALTER TABLE sync_state ADD COLUMN not_before_reason TEXT;
ALTER TABLE sync_state ADD COLUMN failures_in_a_row INTEGER NOT NULL DEFAULT 0;

-- The processes that run a worker, each with its last sign of life.
CREATE TABLE sync_workers (
    id           BLOB PRIMARY KEY,
    host         TEXT NOT NULL,
    process_id   BIGINT NOT NULL,
    started_at   TEXT NOT NULL,
    last_seen_at TEXT NOT NULL
);

-- Threads across accounts: a conversation that several of our mailboxes see is one thread.
CREATE TABLE emails_threads (
    id               BLOB PRIMARY KEY,
    subject          TEXT,
    first_message_at TEXT,
    last_message_at  TEXT,
    -- Without second copies of the same mail.
    message_count    INTEGER NOT NULL DEFAULT 0,
    -- Raised whenever the thread's pairs are saved: who computed from an older one begins again.
    revision         BIGINT NOT NULL DEFAULT 0,
    created_at       TEXT NOT NULL,
    updated_at       TEXT NOT NULL
);
CREATE INDEX idx_emails_threads_last_message_at ON emails_threads (last_message_at, id);

-- The threads of single mailboxes (Gmail's thread id, or ours by References) that make one thread.
CREATE TABLE emails_thread_parts (
    integration_account_id BLOB NOT NULL REFERENCES integrations_accounts (id) ON DELETE CASCADE,
    thread_id              TEXT NOT NULL,
    email_thread_id        BLOB NOT NULL REFERENCES emails_threads (id) ON DELETE CASCADE,
    PRIMARY KEY (integration_account_id, thread_id)
);
CREATE INDEX idx_emails_thread_parts_email_thread_id ON emails_thread_parts (email_thread_id);

-- A thread is looked up by its account and id, whichever mailboxes see it.
CREATE INDEX idx_emails_messages_account_thread ON emails_messages (integration_account_id, thread_id);
CREATE INDEX idx_ai_training_pairs_account_thread ON ai_training_pairs (integration_account_id, thread_id);

-- Message-IDs that a mailbox's thread holds (own) or only names in In-Reply-To and References.
CREATE TABLE emails_thread_links (
    integration_account_id BLOB NOT NULL REFERENCES integrations_accounts (id) ON DELETE CASCADE,
    thread_id              TEXT NOT NULL,
    internet_message_id    TEXT NOT NULL,
    own                    BOOLEAN NOT NULL,
    PRIMARY KEY (integration_account_id, thread_id, internet_message_id)
);
CREATE INDEX idx_emails_thread_links_internet_message_id ON emails_thread_links (internet_message_id);

-- What is stored already: its links are noted here, and the next run of each account joins and pairs the threads.
INSERT INTO emails_thread_links (integration_account_id, thread_id, internet_message_id, own)
SELECT DISTINCT integration_account_id, thread_id, internet_message_id, TRUE FROM emails_messages
WHERE internet_message_id IS NOT NULL;
INSERT INTO emails_thread_links (integration_account_id, thread_id, internet_message_id, own)
SELECT DISTINCT m.integration_account_id, m.thread_id, named.value, FALSE
FROM emails_messages m, json_each(m.in_reply_to) named WHERE TRUE
ON CONFLICT DO NOTHING;
INSERT INTO emails_thread_links (integration_account_id, thread_id, internet_message_id, own)
SELECT DISTINCT m.integration_account_id, m.thread_id, named.value, FALSE
FROM emails_messages m, json_each(m.reference_ids) named WHERE TRUE
ON CONFLICT DO NOTHING;
INSERT INTO threads_to_pair (integration_account_id, thread_id)
SELECT DISTINCT integration_account_id, thread_id FROM emails_messages WHERE TRUE
ON CONFLICT DO NOTHING;

-- Attachments: bytes once per content, in pieces, so that they stream in and out.
CREATE TABLE attachment_blobs (
    -- SHA-256 in lower-case hexadecimal digits.
    sha256     TEXT PRIMARY KEY,
    size_bytes INTEGER NOT NULL,
    created_at TEXT NOT NULL
);
CREATE TABLE attachment_chunks (
    sha256   TEXT NOT NULL REFERENCES attachment_blobs (sha256) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    data     BLOB NOT NULL,
    PRIMARY KEY (sha256, position)
);
-- Where the provider keeps the part: Gmail's part id, the section of an IMAP body.
ALTER TABLE emails_attachments ADD COLUMN part_id TEXT;
ALTER TABLE emails_attachments ADD COLUMN sha256 TEXT REFERENCES attachment_blobs (sha256);
-- Why the bytes could not be had when they were last asked for, how often that was, and until when nobody tries again
-- (or somebody is at it).
ALTER TABLE emails_attachments ADD COLUMN problem TEXT;
ALTER TABLE emails_attachments ADD COLUMN attempts INTEGER NOT NULL DEFAULT 0;
ALTER TABLE emails_attachments ADD COLUMN not_before TEXT;
CREATE INDEX idx_emails_attachments_waiting ON emails_attachments (message_id, position) WHERE sha256 IS NULL;
CREATE INDEX idx_emails_attachments_sha256 ON emails_attachments (sha256);

-- IMAP: which message lies where. Its key is its content, so a move between folders or a new UIDVALIDITY changes only this.
CREATE TABLE imap_places (
    integration_account_id BLOB NOT NULL REFERENCES integrations_accounts (id) ON DELETE CASCADE,
    folder                 TEXT NOT NULL,
    uid_validity           BIGINT NOT NULL,
    uid                    BIGINT NOT NULL,
    external_id            TEXT NOT NULL,
    -- What this place says about the message: its folder and flags. Those of all its places are the message's labels.
    labels                 TEXT NOT NULL,
    PRIMARY KEY (integration_account_id, folder, uid_validity, uid)
);
CREATE INDEX idx_imap_places_external_id ON imap_places (integration_account_id, external_id);

-- Near duplicates: replies that say nearly the same in nearly the same words are one group, named after its first wording.
-- Here is every wording that was met, with its group.
CREATE TABLE reply_wordings (
    fingerprint TEXT PRIMARY KEY,
    -- Equal to the fingerprint for the wording that stands for its group.
    group_id    TEXT NOT NULL
);
CREATE INDEX idx_reply_wordings_group_id ON reply_wordings (group_id);
ALTER TABLE ai_training_pairs ADD COLUMN group_id TEXT;
-- Whether `group_id` belongs to the reply as it is now; the next round of pairing sees to those where it does not.
ALTER TABLE ai_training_pairs ADD COLUMN grouped BOOLEAN NOT NULL DEFAULT FALSE;
CREATE INDEX idx_ai_training_pairs_group ON ai_training_pairs (group_id, status);
CREATE INDEX idx_ai_training_pairs_to_group ON ai_training_pairs (replied_at) WHERE NOT grouped;
-- Which state of the mail a reviewer saw and decided against: the pair is not flagged again for the same.
ALTER TABLE ai_training_pairs ADD COLUMN kept_against TEXT;
