-- Lists that cost the same however much there is: indexes that have their order, counts that are kept where rows change, and
-- the words of threads to search in. The SQLite file beside this one makes the same changes.

-- Pairs: every filter has an index that has the order of the list.
ALTER TABLE ai_training_pairs ADD COLUMN provider_id UUID REFERENCES integrations_providers (id) ON DELETE CASCADE;
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
ALTER TABLE emails_attachments ADD COLUMN integration_account_id UUID;
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
        SELECT id, CAST(FLOOR(EXTRACT(EPOCH FROM last_message_at) * 1000) AS BIGINT) AS millis
        FROM emails_threads WHERE last_message_at IS NOT NULL) timed) numbered
WHERE numbered.id = emails_threads.id;
DROP INDEX idx_emails_threads_last_message_at;
CREATE INDEX idx_emails_threads_place ON emails_threads (place, id);
CREATE INDEX idx_emails_threads_without_words ON emails_threads (id) WHERE words_mark IS NULL AND place IS NOT NULL;

-- Which accounts see a thread, in the order of the list.
CREATE TABLE emails_thread_accounts (
    integration_account_id UUID NOT NULL REFERENCES integrations_accounts (id) ON DELETE CASCADE,
    email_thread_id        UUID NOT NULL REFERENCES emails_threads (id) ON DELETE CASCADE,
    place                  BIGINT NOT NULL,
    PRIMARY KEY (email_thread_id, integration_account_id)
);
CREATE INDEX idx_emails_thread_accounts_place ON emails_thread_accounts (integration_account_id, place, email_thread_id);
INSERT INTO emails_thread_accounts (integration_account_id, email_thread_id, place)
SELECT DISTINCT p.integration_account_id, p.email_thread_id, t.place
FROM emails_thread_parts p JOIN emails_threads t ON t.id = p.email_thread_id WHERE t.place IS NOT NULL;

-- The folded words of threads (src/threads/words.rs).
CREATE TABLE emails_thread_words (
    email_thread_id UUID PRIMARY KEY REFERENCES emails_threads (id) ON DELETE CASCADE,
    place           BIGINT NOT NULL,
    words           TSVECTOR NOT NULL
);
CREATE INDEX idx_emails_thread_words_place ON emails_thread_words (place, email_thread_id);
CREATE INDEX idx_emails_thread_words ON emails_thread_words USING GIN (words);

-- Kept counts -----------------------------------------------------------------------------------------------------------
-- Whatever statement changes a row changes its count in the same transaction. A count is the sum of its rows: a transaction adds
-- one, so that none waits for another, and whoever can have the lock makes one row of those that there are by then. The zero
-- id counts what belongs to no account.

CREATE TABLE account_counts (
    integration_account_id UUID NOT NULL,
    -- 'messages' (not deleted), 'set_aside', 'threads', 'attachments', 'attachments_stored', 'blob_bytes'; of pairs their status.
    what                   TEXT NOT NULL,
    number                 BIGINT NOT NULL
);
CREATE INDEX idx_account_counts ON account_counts (integration_account_id, what);
CREATE TABLE reply_group_counts (
    group_id               TEXT NOT NULL,
    integration_account_id UUID NOT NULL,
    status                 TEXT NOT NULL,
    number                 BIGINT NOT NULL
);
CREATE INDEX idx_reply_group_counts ON reply_group_counts (group_id, integration_account_id, status);

INSERT INTO account_counts
SELECT integration_account_id, 'messages', COUNT(*) FROM emails_messages WHERE deleted_at IS NULL GROUP BY 1
UNION ALL SELECT integration_account_id, 'set_aside', COUNT(*) FROM sync_failures GROUP BY 1
UNION ALL SELECT integration_account_id, status, COUNT(*) FROM ai_training_pairs GROUP BY 1, 2
UNION ALL SELECT integration_account_id, 'threads', COUNT(*) FROM emails_thread_accounts GROUP BY 1
UNION ALL SELECT integration_account_id, 'attachments', COUNT(*) FROM emails_attachments GROUP BY 1
UNION ALL SELECT integration_account_id, 'attachments_stored', COUNT(sha256) FROM emails_attachments GROUP BY 1
UNION ALL SELECT '00000000-0000-0000-0000-000000000000', 'threads', COUNT(*) FROM emails_threads WHERE place IS NOT NULL
UNION ALL SELECT '00000000-0000-0000-0000-000000000000', 'blob_bytes', COALESCE(SUM(size_bytes), 0) FROM attachment_blobs;
INSERT INTO reply_group_counts SELECT group_id, integration_account_id, status, COUNT(*) FROM ai_training_pairs
WHERE group_id IS NOT NULL GROUP BY 1, 2, 3;

-- The rows that a statement changed, each with the sign of what it adds.
CREATE FUNCTION changed_rows(operation TEXT) RETURNS TEXT LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE operation
        WHEN 'INSERT' THEN 'SELECT 1 AS sign, * FROM new_rows'
        WHEN 'DELETE' THEN 'SELECT -1 AS sign, * FROM old_rows'
        ELSE 'SELECT 1 AS sign, * FROM new_rows UNION ALL SELECT -1 AS sign, * FROM old_rows' END
$$;

-- Its argument says what a row counts for: columns `account`, `what` and `each`.
CREATE FUNCTION keep_account_counts() RETURNS TRIGGER LANGUAGE plpgsql AS $$
DECLARE
    touched UUID[];
BEGIN
    EXECUTE format(
        'WITH added AS (
            INSERT INTO account_counts (integration_account_id, what, number)
            SELECT account, what, SUM(sign * each) FROM (SELECT sign, %s FROM (%s) changed) counted
            GROUP BY account, what HAVING SUM(sign * each) <> 0 RETURNING integration_account_id)
         SELECT array_agg(DISTINCT integration_account_id) FROM added', TG_ARGV[0], changed_rows(TG_OP)) INTO touched;
    IF touched IS NOT NULL AND pg_try_advisory_xact_lock(7241001) THEN
        WITH gone AS (DELETE FROM account_counts WHERE integration_account_id = ANY (touched) RETURNING *)
        INSERT INTO account_counts (integration_account_id, what, number)
        SELECT integration_account_id, what, SUM(number) FROM gone GROUP BY integration_account_id, what;
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION keep_reply_group_counts() RETURNS TRIGGER LANGUAGE plpgsql AS $$
DECLARE
    touched TEXT[];
BEGIN
    EXECUTE format(
        'WITH added AS (
            INSERT INTO reply_group_counts (group_id, integration_account_id, status, number)
            SELECT group_id, integration_account_id, status, SUM(sign) FROM (%s) changed WHERE group_id IS NOT NULL
            GROUP BY group_id, integration_account_id, status HAVING SUM(sign) <> 0 RETURNING group_id)
         SELECT array_agg(DISTINCT group_id) FROM added', changed_rows(TG_OP)) INTO touched;
    IF touched IS NOT NULL AND pg_try_advisory_xact_lock(7241002) THEN
        WITH gone AS (DELETE FROM reply_group_counts WHERE group_id = ANY (touched) RETURNING *)
        INSERT INTO reply_group_counts (group_id, integration_account_id, status, number)
        SELECT group_id, integration_account_id, status, SUM(number) FROM gone
        GROUP BY group_id, integration_account_id, status HAVING SUM(number) <> 0;
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER count_messages_in AFTER INSERT ON emails_messages REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION keep_account_counts('integration_account_id AS account, ''messages'' AS what, (deleted_at IS NULL)::int AS each');
CREATE TRIGGER count_messages_out AFTER DELETE ON emails_messages REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION keep_account_counts('integration_account_id AS account, ''messages'' AS what, (deleted_at IS NULL)::int AS each');
CREATE TRIGGER count_messages_changed AFTER UPDATE ON emails_messages REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION keep_account_counts('integration_account_id AS account, ''messages'' AS what, (deleted_at IS NULL)::int AS each');
CREATE TRIGGER count_failures_in AFTER INSERT ON sync_failures REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION keep_account_counts('integration_account_id AS account, ''set_aside'' AS what, 1 AS each');
CREATE TRIGGER count_failures_out AFTER DELETE ON sync_failures REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION keep_account_counts('integration_account_id AS account, ''set_aside'' AS what, 1 AS each');
CREATE TRIGGER count_failures_changed AFTER UPDATE ON sync_failures REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION keep_account_counts('integration_account_id AS account, ''set_aside'' AS what, 1 AS each');
CREATE TRIGGER count_pairs_in AFTER INSERT ON ai_training_pairs REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION keep_account_counts('integration_account_id AS account, status AS what, 1 AS each');
CREATE TRIGGER count_pairs_out AFTER DELETE ON ai_training_pairs REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION keep_account_counts('integration_account_id AS account, status AS what, 1 AS each');
CREATE TRIGGER count_pairs_changed AFTER UPDATE ON ai_training_pairs REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION keep_account_counts('integration_account_id AS account, status AS what, 1 AS each');
CREATE TRIGGER count_thread_accounts_in AFTER INSERT ON emails_thread_accounts REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION keep_account_counts('integration_account_id AS account, ''threads'' AS what, 1 AS each');
CREATE TRIGGER count_thread_accounts_out AFTER DELETE ON emails_thread_accounts REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION keep_account_counts('integration_account_id AS account, ''threads'' AS what, 1 AS each');
CREATE TRIGGER count_thread_accounts_changed AFTER UPDATE ON emails_thread_accounts REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION keep_account_counts('integration_account_id AS account, ''threads'' AS what, 1 AS each');
CREATE TRIGGER count_threads_in AFTER INSERT ON emails_threads REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION keep_account_counts('''00000000-0000-0000-0000-000000000000''::uuid AS account, ''threads'' AS what, (place IS NOT NULL)::int AS each');
CREATE TRIGGER count_threads_out AFTER DELETE ON emails_threads REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION keep_account_counts('''00000000-0000-0000-0000-000000000000''::uuid AS account, ''threads'' AS what, (place IS NOT NULL)::int AS each');
CREATE TRIGGER count_threads_changed AFTER UPDATE ON emails_threads REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION keep_account_counts('''00000000-0000-0000-0000-000000000000''::uuid AS account, ''threads'' AS what, (place IS NOT NULL)::int AS each');
CREATE TRIGGER count_attachments_in AFTER INSERT ON emails_attachments REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION keep_account_counts('integration_account_id AS account, unnest(ARRAY[''attachments'', ''attachments_stored'']) AS what, unnest(ARRAY[1, (sha256 IS NOT NULL)::int]) AS each');
CREATE TRIGGER count_attachments_out AFTER DELETE ON emails_attachments REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION keep_account_counts('integration_account_id AS account, unnest(ARRAY[''attachments'', ''attachments_stored'']) AS what, unnest(ARRAY[1, (sha256 IS NOT NULL)::int]) AS each');
CREATE TRIGGER count_attachments_changed AFTER UPDATE ON emails_attachments REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION keep_account_counts('integration_account_id AS account, unnest(ARRAY[''attachments'', ''attachments_stored'']) AS what, unnest(ARRAY[1, (sha256 IS NOT NULL)::int]) AS each');
CREATE TRIGGER count_blobs_in AFTER INSERT ON attachment_blobs REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION keep_account_counts('''00000000-0000-0000-0000-000000000000''::uuid AS account, ''blob_bytes'' AS what, size_bytes AS each');
CREATE TRIGGER count_blobs_out AFTER DELETE ON attachment_blobs REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION keep_account_counts('''00000000-0000-0000-0000-000000000000''::uuid AS account, ''blob_bytes'' AS what, size_bytes AS each');
CREATE TRIGGER count_blobs_changed AFTER UPDATE ON attachment_blobs REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION keep_account_counts('''00000000-0000-0000-0000-000000000000''::uuid AS account, ''blob_bytes'' AS what, size_bytes AS each');
CREATE TRIGGER count_groups_in AFTER INSERT ON ai_training_pairs REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION keep_reply_group_counts();
CREATE TRIGGER count_groups_out AFTER DELETE ON ai_training_pairs REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION keep_reply_group_counts();
CREATE TRIGGER count_groups_changed AFTER UPDATE ON ai_training_pairs REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION keep_reply_group_counts();
