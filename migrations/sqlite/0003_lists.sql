-- Lists that cost the same however much there is: indexes that have their order, counts that are kept where rows change, and
-- the words of threads to search in. The PostgreSQL file beside this one makes the same changes.

-- Pairs: every filter has an index that has the order of the list.
ALTER TABLE ai_training_pairs ADD COLUMN provider_id BLOB REFERENCES integrations_providers (id) ON DELETE CASCADE;
UPDATE ai_training_pairs SET provider_id =
    (SELECT a.provider_id FROM integrations_accounts a WHERE a.id = ai_training_pairs.integration_account_id);
CREATE INDEX idx_ai_training_pairs_all ON ai_training_pairs (replied_at, id);
DROP INDEX idx_ai_training_pairs_integration_account;
CREATE INDEX idx_ai_training_pairs_integration_account ON ai_training_pairs (integration_account_id, replied_at, id);
CREATE INDEX idx_ai_training_pairs_account_status ON ai_training_pairs (integration_account_id, status, replied_at, id);
CREATE INDEX idx_ai_training_pairs_provider ON ai_training_pairs (provider_id, replied_at, id);
CREATE INDEX idx_ai_training_pairs_provider_status ON ai_training_pairs (provider_id, status, replied_at, id);
DROP INDEX idx_ai_training_pairs_group;
CREATE INDEX idx_ai_training_pairs_group ON ai_training_pairs (group_id, status, replied_at, id);
CREATE INDEX idx_ai_training_pairs_group_all ON ai_training_pairs (group_id, replied_at, id);

-- Runs and failures of an account, in their order; the runs that are not over.
DROP INDEX idx_sync_runs_account;
CREATE INDEX idx_sync_runs_account ON sync_runs (integration_account_id, created_at, id);
CREATE INDEX idx_sync_runs_open ON sync_runs (integration_account_id, created_at, id) WHERE state IN ('queued', 'running');
CREATE INDEX idx_sync_failures_account ON sync_failures (integration_account_id, first_seen_at, id);

-- An attachment knows its account: that of a message that is being deleted can no longer be asked for.
ALTER TABLE emails_attachments ADD COLUMN integration_account_id BLOB;
UPDATE emails_attachments SET integration_account_id =
    (SELECT m.integration_account_id FROM emails_messages m WHERE m.id = emails_attachments.message_id);
CREATE INDEX idx_emails_attachments_account_content ON emails_attachments (integration_account_id, sha256)
    WHERE sha256 IS NOT NULL;

-- Threads: the place in the list is the time of the last message in milliseconds times 32,768, and a number that tells threads
-- of the same millisecond apart. NULL until the thread's mail is paired for the first time.
ALTER TABLE emails_threads ADD COLUMN place BIGINT;
-- Names the words by which the thread is found (emails_thread_words); NULL where they are still to be noted.
ALTER TABLE emails_threads ADD COLUMN words_mark TEXT;
UPDATE emails_threads SET place = numbered.place FROM (
    SELECT id, millis * 32768 + ROW_NUMBER() OVER (PARTITION BY millis ORDER BY id) - 1 AS place FROM (
        SELECT id, unixepoch(last_message_at) * 1000 + CAST(substr(strftime('%f', last_message_at), 4, 3) AS INTEGER) AS millis
        FROM emails_threads WHERE last_message_at IS NOT NULL)) numbered
WHERE numbered.id = emails_threads.id;
DROP INDEX idx_emails_threads_last_message_at;
CREATE INDEX idx_emails_threads_place ON emails_threads (place, id);
CREATE INDEX idx_emails_threads_without_words ON emails_threads (id) WHERE words_mark IS NULL AND place IS NOT NULL;

-- Which accounts see a thread, in the order of the list.
CREATE TABLE emails_thread_accounts (
    integration_account_id BLOB NOT NULL REFERENCES integrations_accounts (id) ON DELETE CASCADE,
    email_thread_id        BLOB NOT NULL REFERENCES emails_threads (id) ON DELETE CASCADE,
    place                  BIGINT NOT NULL,
    PRIMARY KEY (email_thread_id, integration_account_id)
) WITHOUT ROWID;
CREATE INDEX idx_emails_thread_accounts_place ON emails_thread_accounts (integration_account_id, place, email_thread_id);
INSERT INTO emails_thread_accounts (integration_account_id, email_thread_id, place)
SELECT DISTINCT p.integration_account_id, p.email_thread_id, t.place
FROM emails_thread_parts p JOIN emails_threads t ON t.id = p.email_thread_id WHERE t.place IS NOT NULL;

-- The folded words of threads (src/threads/words.rs), by the thread's place: a search reads them in the order of the list.
CREATE VIRTUAL TABLE emails_thread_words USING fts5
    (words, content = '', contentless_delete = 1, detail = 'none', tokenize = 'ascii');
CREATE TRIGGER emails_threads_words_gone AFTER DELETE ON emails_threads WHEN old.words_mark IS NOT NULL BEGIN
    DELETE FROM emails_thread_words WHERE rowid = old.place;
END;

-- Kept counts -----------------------------------------------------------------------------------------------------------
-- Whatever statement changes a row changes its count in the same transaction. The zero id counts what belongs to no account.

CREATE TABLE account_counts (
    integration_account_id BLOB NOT NULL,
    -- 'messages' (not deleted), 'set_aside', 'threads', 'attachments', 'attachments_stored', 'blob_bytes'; of pairs their status.
    what                   TEXT NOT NULL,
    number                 BIGINT NOT NULL,
    PRIMARY KEY (integration_account_id, what)
) WITHOUT ROWID;
CREATE TABLE reply_group_counts (
    group_id               TEXT NOT NULL,
    integration_account_id BLOB NOT NULL,
    status                 TEXT NOT NULL,
    number                 BIGINT NOT NULL,
    PRIMARY KEY (group_id, integration_account_id, status)
) WITHOUT ROWID;

INSERT INTO account_counts
SELECT integration_account_id, 'messages', COUNT(*) FROM emails_messages WHERE deleted_at IS NULL GROUP BY 1
UNION ALL SELECT integration_account_id, 'set_aside', COUNT(*) FROM sync_failures GROUP BY 1
UNION ALL SELECT integration_account_id, status, COUNT(*) FROM ai_training_pairs GROUP BY 1, 2
UNION ALL SELECT integration_account_id, 'threads', COUNT(*) FROM emails_thread_accounts GROUP BY 1
UNION ALL SELECT integration_account_id, 'attachments', COUNT(*) FROM emails_attachments GROUP BY 1
UNION ALL SELECT integration_account_id, 'attachments_stored', COUNT(sha256) FROM emails_attachments GROUP BY 1
UNION ALL SELECT zeroblob(16), 'threads', COUNT(*) FROM emails_threads WHERE place IS NOT NULL
UNION ALL SELECT zeroblob(16), 'blob_bytes', COALESCE(SUM(size_bytes), 0) FROM attachment_blobs;
INSERT INTO reply_group_counts SELECT group_id, integration_account_id, status, COUNT(*) FROM ai_training_pairs
WHERE group_id IS NOT NULL GROUP BY 1, 2, 3;

CREATE TRIGGER count_messages_in AFTER INSERT ON emails_messages BEGIN
    INSERT INTO account_counts (integration_account_id, what, number) VALUES (new.integration_account_id, 'messages', (new.deleted_at IS NULL))
        ON CONFLICT (integration_account_id, what) DO UPDATE SET number = number + excluded.number;
END;
CREATE TRIGGER count_messages_out AFTER DELETE ON emails_messages BEGIN
    INSERT INTO account_counts (integration_account_id, what, number) VALUES (old.integration_account_id, 'messages', -(old.deleted_at IS NULL))
        ON CONFLICT (integration_account_id, what) DO UPDATE SET number = number + excluded.number;
END;
CREATE TRIGGER count_messages_changed AFTER UPDATE OF deleted_at ON emails_messages BEGIN
    INSERT INTO account_counts (integration_account_id, what, number) VALUES (old.integration_account_id, 'messages', -(old.deleted_at IS NULL))
        ON CONFLICT (integration_account_id, what) DO UPDATE SET number = number + excluded.number;
    INSERT INTO account_counts (integration_account_id, what, number) VALUES (new.integration_account_id, 'messages', (new.deleted_at IS NULL))
        ON CONFLICT (integration_account_id, what) DO UPDATE SET number = number + excluded.number;
END;
CREATE TRIGGER count_failures_in AFTER INSERT ON sync_failures BEGIN
    INSERT INTO account_counts (integration_account_id, what, number) VALUES (new.integration_account_id, 'set_aside', 1)
        ON CONFLICT (integration_account_id, what) DO UPDATE SET number = number + excluded.number;
END;
CREATE TRIGGER count_failures_out AFTER DELETE ON sync_failures BEGIN
    INSERT INTO account_counts (integration_account_id, what, number) VALUES (old.integration_account_id, 'set_aside', -1)
        ON CONFLICT (integration_account_id, what) DO UPDATE SET number = number + excluded.number;
END;
CREATE TRIGGER count_pairs_in AFTER INSERT ON ai_training_pairs BEGIN
    INSERT INTO account_counts (integration_account_id, what, number) VALUES (new.integration_account_id, new.status, 1)
        ON CONFLICT (integration_account_id, what) DO UPDATE SET number = number + excluded.number;
END;
CREATE TRIGGER count_pairs_out AFTER DELETE ON ai_training_pairs BEGIN
    INSERT INTO account_counts (integration_account_id, what, number) VALUES (old.integration_account_id, old.status, -1)
        ON CONFLICT (integration_account_id, what) DO UPDATE SET number = number + excluded.number;
END;
CREATE TRIGGER count_pairs_changed AFTER UPDATE OF integration_account_id, status ON ai_training_pairs BEGIN
    INSERT INTO account_counts (integration_account_id, what, number) VALUES (old.integration_account_id, old.status, -1)
        ON CONFLICT (integration_account_id, what) DO UPDATE SET number = number + excluded.number;
    INSERT INTO account_counts (integration_account_id, what, number) VALUES (new.integration_account_id, new.status, 1)
        ON CONFLICT (integration_account_id, what) DO UPDATE SET number = number + excluded.number;
END;
CREATE TRIGGER count_thread_accounts_in AFTER INSERT ON emails_thread_accounts BEGIN
    INSERT INTO account_counts (integration_account_id, what, number) VALUES (new.integration_account_id, 'threads', 1)
        ON CONFLICT (integration_account_id, what) DO UPDATE SET number = number + excluded.number;
END;
CREATE TRIGGER count_thread_accounts_out AFTER DELETE ON emails_thread_accounts BEGIN
    INSERT INTO account_counts (integration_account_id, what, number) VALUES (old.integration_account_id, 'threads', -1)
        ON CONFLICT (integration_account_id, what) DO UPDATE SET number = number + excluded.number;
END;
CREATE TRIGGER count_threads_in AFTER INSERT ON emails_threads BEGIN
    INSERT INTO account_counts (integration_account_id, what, number) VALUES (zeroblob(16), 'threads', (new.place IS NOT NULL))
        ON CONFLICT (integration_account_id, what) DO UPDATE SET number = number + excluded.number;
END;
CREATE TRIGGER count_threads_out AFTER DELETE ON emails_threads BEGIN
    INSERT INTO account_counts (integration_account_id, what, number) VALUES (zeroblob(16), 'threads', -(old.place IS NOT NULL))
        ON CONFLICT (integration_account_id, what) DO UPDATE SET number = number + excluded.number;
END;
CREATE TRIGGER count_threads_changed AFTER UPDATE OF place ON emails_threads BEGIN
    INSERT INTO account_counts (integration_account_id, what, number) VALUES (zeroblob(16), 'threads', -(old.place IS NOT NULL))
        ON CONFLICT (integration_account_id, what) DO UPDATE SET number = number + excluded.number;
    INSERT INTO account_counts (integration_account_id, what, number) VALUES (zeroblob(16), 'threads', (new.place IS NOT NULL))
        ON CONFLICT (integration_account_id, what) DO UPDATE SET number = number + excluded.number;
END;
CREATE TRIGGER count_attachments_in AFTER INSERT ON emails_attachments BEGIN
    INSERT INTO account_counts (integration_account_id, what, number) VALUES (new.integration_account_id, 'attachments', 1)
        ON CONFLICT (integration_account_id, what) DO UPDATE SET number = number + excluded.number;
    INSERT INTO account_counts (integration_account_id, what, number) VALUES (new.integration_account_id, 'attachments_stored', (new.sha256 IS NOT NULL))
        ON CONFLICT (integration_account_id, what) DO UPDATE SET number = number + excluded.number;
END;
CREATE TRIGGER count_attachments_out AFTER DELETE ON emails_attachments BEGIN
    INSERT INTO account_counts (integration_account_id, what, number) VALUES (old.integration_account_id, 'attachments', -1)
        ON CONFLICT (integration_account_id, what) DO UPDATE SET number = number + excluded.number;
    INSERT INTO account_counts (integration_account_id, what, number) VALUES (old.integration_account_id, 'attachments_stored', -(old.sha256 IS NOT NULL))
        ON CONFLICT (integration_account_id, what) DO UPDATE SET number = number + excluded.number;
END;
CREATE TRIGGER count_attachments_changed AFTER UPDATE OF sha256 ON emails_attachments BEGIN
    INSERT INTO account_counts (integration_account_id, what, number) VALUES (old.integration_account_id, 'attachments', -1)
        ON CONFLICT (integration_account_id, what) DO UPDATE SET number = number + excluded.number;
    INSERT INTO account_counts (integration_account_id, what, number) VALUES (new.integration_account_id, 'attachments', 1)
        ON CONFLICT (integration_account_id, what) DO UPDATE SET number = number + excluded.number;
    INSERT INTO account_counts (integration_account_id, what, number) VALUES (old.integration_account_id, 'attachments_stored', -(old.sha256 IS NOT NULL))
        ON CONFLICT (integration_account_id, what) DO UPDATE SET number = number + excluded.number;
    INSERT INTO account_counts (integration_account_id, what, number) VALUES (new.integration_account_id, 'attachments_stored', (new.sha256 IS NOT NULL))
        ON CONFLICT (integration_account_id, what) DO UPDATE SET number = number + excluded.number;
END;
CREATE TRIGGER count_blobs_in AFTER INSERT ON attachment_blobs BEGIN
    INSERT INTO account_counts (integration_account_id, what, number) VALUES (zeroblob(16), 'blob_bytes', new.size_bytes)
        ON CONFLICT (integration_account_id, what) DO UPDATE SET number = number + excluded.number;
END;
CREATE TRIGGER count_blobs_out AFTER DELETE ON attachment_blobs BEGIN
    INSERT INTO account_counts (integration_account_id, what, number) VALUES (zeroblob(16), 'blob_bytes', -old.size_bytes)
        ON CONFLICT (integration_account_id, what) DO UPDATE SET number = number + excluded.number;
END;
CREATE TRIGGER count_blobs_changed AFTER UPDATE OF size_bytes ON attachment_blobs BEGIN
    INSERT INTO account_counts (integration_account_id, what, number) VALUES (zeroblob(16), 'blob_bytes', -old.size_bytes)
        ON CONFLICT (integration_account_id, what) DO UPDATE SET number = number + excluded.number;
    INSERT INTO account_counts (integration_account_id, what, number) VALUES (zeroblob(16), 'blob_bytes', new.size_bytes)
        ON CONFLICT (integration_account_id, what) DO UPDATE SET number = number + excluded.number;
END;
CREATE TRIGGER count_groups_in AFTER INSERT ON ai_training_pairs WHEN new.group_id IS NOT NULL BEGIN
    INSERT INTO reply_group_counts (group_id, integration_account_id, status, number)
        SELECT new.group_id, new.integration_account_id, new.status, 1 WHERE new.group_id IS NOT NULL
        ON CONFLICT (group_id, integration_account_id, status) DO UPDATE SET number = number + excluded.number;
END;
CREATE TRIGGER count_groups_out AFTER DELETE ON ai_training_pairs WHEN old.group_id IS NOT NULL BEGIN
    INSERT INTO reply_group_counts (group_id, integration_account_id, status, number)
        SELECT old.group_id, old.integration_account_id, old.status, -1 WHERE old.group_id IS NOT NULL
        ON CONFLICT (group_id, integration_account_id, status) DO UPDATE SET number = number + excluded.number;
    DELETE FROM reply_group_counts WHERE group_id = old.group_id AND number = 0;
END;
CREATE TRIGGER count_groups_changed AFTER UPDATE OF group_id, integration_account_id, status ON ai_training_pairs BEGIN
    INSERT INTO reply_group_counts (group_id, integration_account_id, status, number)
        SELECT old.group_id, old.integration_account_id, old.status, -1 WHERE old.group_id IS NOT NULL
        ON CONFLICT (group_id, integration_account_id, status) DO UPDATE SET number = number + excluded.number;
    INSERT INTO reply_group_counts (group_id, integration_account_id, status, number)
        SELECT new.group_id, new.integration_account_id, new.status, 1 WHERE new.group_id IS NOT NULL
        ON CONFLICT (group_id, integration_account_id, status) DO UPDATE SET number = number + excluded.number;
    DELETE FROM reply_group_counts WHERE group_id = old.group_id AND number = 0;
END;
