-- The newest pair of each group, by account and status: a list that shows one pair per group reads these in its order. The PostgreSQL
-- file beside this one makes the same changes.

CREATE TABLE reply_group_newest (
    group_id               TEXT NOT NULL,
    integration_account_id BLOB NOT NULL,
    status                 TEXT NOT NULL,
    provider_id            BLOB,
    replied_at             TEXT NOT NULL,
    pair_id                BLOB NOT NULL,
    PRIMARY KEY (group_id, integration_account_id, status)
) WITHOUT ROWID;
CREATE INDEX idx_reply_group_newest_all ON reply_group_newest (replied_at, pair_id);
CREATE INDEX idx_reply_group_newest_status ON reply_group_newest (status, replied_at, pair_id);
CREATE INDEX idx_reply_group_newest_account ON reply_group_newest (integration_account_id, replied_at, pair_id);
CREATE INDEX idx_reply_group_newest_account_status ON reply_group_newest (integration_account_id, status, replied_at, pair_id);
CREATE INDEX idx_reply_group_newest_provider ON reply_group_newest (provider_id, replied_at, pair_id);
CREATE INDEX idx_reply_group_newest_provider_status ON reply_group_newest (provider_id, status, replied_at, pair_id);

INSERT INTO reply_group_newest (group_id, integration_account_id, status, provider_id, replied_at, pair_id)
SELECT group_id, integration_account_id, status, provider_id, replied_at, id FROM (
    SELECT *, ROW_NUMBER() OVER (PARTITION BY group_id, integration_account_id, status ORDER BY replied_at DESC, id DESC) AS place
    FROM ai_training_pairs WHERE group_id IS NOT NULL) ranked
WHERE place = 1;

-- Groups whose newest pairs are to be noted again. Whatever statement changes which one that is adds them, in its transaction; who
-- notes it takes them away.
CREATE TABLE reply_groups_to_note (
    id       INTEGER PRIMARY KEY,
    group_id TEXT NOT NULL UNIQUE
);
CREATE TRIGGER newest_in AFTER INSERT ON ai_training_pairs WHEN new.group_id IS NOT NULL BEGIN
    INSERT INTO reply_groups_to_note (group_id) VALUES (new.group_id) ON CONFLICT (group_id) DO NOTHING;
END;
CREATE TRIGGER newest_out AFTER DELETE ON ai_training_pairs WHEN old.group_id IS NOT NULL BEGIN
    INSERT INTO reply_groups_to_note (group_id) VALUES (old.group_id) ON CONFLICT (group_id) DO NOTHING;
END;
CREATE TRIGGER newest_changed AFTER UPDATE OF group_id, integration_account_id, status, replied_at ON ai_training_pairs
    WHEN old.group_id IS NOT new.group_id OR old.integration_account_id <> new.integration_account_id
        OR old.status <> new.status OR old.replied_at <> new.replied_at BEGIN
    INSERT INTO reply_groups_to_note (group_id) SELECT old.group_id WHERE old.group_id IS NOT NULL
        ON CONFLICT (group_id) DO NOTHING;
    INSERT INTO reply_groups_to_note (group_id) SELECT new.group_id WHERE new.group_id IS NOT NULL
        ON CONFLICT (group_id) DO NOTHING;
END;

-- How many threads have no words yet is said with every search. Without a value to look for, SQLite took the index of the places for
-- that, and read every thread; PostgreSQL takes this one anyway.
DROP INDEX idx_emails_threads_without_words;
CREATE INDEX idx_emails_threads_without_words ON emails_threads (words_mark, id) WHERE words_mark IS NULL AND place IS NOT NULL;
