-- Pairs of every status are searched, by their words and by what else is known of them: one index for the review and for the knowledge
-- base. The PostgreSQL file beside this one makes the same changes.

DROP TRIGGER answers_in;
DROP TRIGGER answers_changed;
DROP TABLE answers_to_note;
DROP TABLE answer_places;
DROP TABLE answer_words;

-- Pairs whose terms are to be noted. Whatever statement changes what a pair is found by adds it here, in its transaction; who notes it
-- takes it away.
CREATE TABLE pairs_to_note (
    pair_id BLOB PRIMARY KEY REFERENCES ai_training_pairs (id) ON DELETE CASCADE,
    -- Somebody decided about it: it is noted before what a sync brought.
    soon    BOOLEAN NOT NULL
) WITHOUT ROWID;
CREATE INDEX idx_pairs_to_note_soon ON pairs_to_note (soon DESC, pair_id);

-- Where a pair stands among those that are searched: the time of the reply in milliseconds times 32,768, and a number that tells pairs
-- of the same millisecond apart: the end of the pair's id.
CREATE TABLE pair_places (
    pair_id BLOB PRIMARY KEY REFERENCES ai_training_pairs (id) ON DELETE CASCADE,
    place   BIGINT NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX uq_pair_places_place ON pair_places (place);

-- The folded words of pairs (src/mail/words.rs) and the signs for what else is known of them (src/store/pairs/terms.rs), by their place:
-- a search reads them in the order of the list.
CREATE VIRTUAL TABLE pair_words USING fts5
    (words, content = '', contentless_delete = 1, detail = 'none', tokenize = 'ascii', prefix = '3');
INSERT INTO pair_words (pair_words, rank) VALUES ('automerge', 8);
CREATE TRIGGER pair_words_gone AFTER DELETE ON pair_places BEGIN
    DELETE FROM pair_words WHERE rowid = old.place;
END;

-- The languages that clients were found to write in.
CREATE TABLE pair_languages (language TEXT PRIMARY KEY) WITHOUT ROWID;

CREATE TRIGGER pairs_to_note_in AFTER INSERT ON ai_training_pairs BEGIN
    INSERT INTO pairs_to_note (pair_id, soon) VALUES (new.id, new.status <> 'new')
    ON CONFLICT (pair_id) DO UPDATE SET soon = TRUE WHERE excluded.soon AND NOT soon;
END;
CREATE TRIGGER pairs_to_note_changed
    AFTER UPDATE OF status, client_text, our_reply_text, replied_at, labels, edited, fresh_client_text, fresh_reply_text, source_gone,
        decided_at, decided_by, group_id, integration_account_id, client_message_id, our_reply_message_id ON ai_training_pairs
    WHEN old.status <> new.status OR old.client_text <> new.client_text OR old.our_reply_text <> new.our_reply_text
        OR old.replied_at <> new.replied_at OR old.labels <> new.labels OR old.edited <> new.edited
        OR (old.fresh_client_text IS NULL) <> (new.fresh_client_text IS NULL)
        OR (old.fresh_reply_text IS NULL) <> (new.fresh_reply_text IS NULL) OR old.source_gone <> new.source_gone
        OR old.decided_at IS NOT new.decided_at OR old.decided_by IS NOT new.decided_by OR old.group_id IS NOT new.group_id
        OR old.integration_account_id <> new.integration_account_id OR old.client_message_id <> new.client_message_id
        OR old.our_reply_message_id <> new.our_reply_message_id BEGIN
    INSERT INTO pairs_to_note (pair_id, soon) VALUES (new.id, old.status <> 'new' OR new.status <> 'new' OR new.edited)
    ON CONFLICT (pair_id) DO UPDATE SET soon = TRUE WHERE excluded.soon AND NOT soon;
END;
-- A message that its provider no longer has flags its pairs.
CREATE TRIGGER pairs_to_note_deleted AFTER UPDATE OF deleted_at ON emails_messages
    WHEN (old.deleted_at IS NULL) <> (new.deleted_at IS NULL) BEGIN
    INSERT INTO pairs_to_note (pair_id, soon)
    SELECT id, status <> 'new' FROM ai_training_pairs WHERE client_message_id = new.id OR our_reply_message_id = new.id
    ON CONFLICT (pair_id) DO UPDATE SET soon = TRUE WHERE excluded.soon AND NOT soon;
END;

-- What is here already: the worker notes it in pieces, what was decided first.
INSERT INTO pairs_to_note (pair_id, soon) SELECT id, status <> 'new' FROM ai_training_pairs;

-- How many pairs the group has in all: a list can begin with what was said most often.
ALTER TABLE reply_group_newest ADD COLUMN size BIGINT NOT NULL DEFAULT 1;
UPDATE reply_group_newest SET size = COALESCE((SELECT CAST(SUM(c.number) AS BIGINT) FROM reply_group_counts c
    WHERE c.group_id = reply_group_newest.group_id), 1);
CREATE INDEX idx_reply_group_newest_size ON reply_group_newest (size, replied_at, pair_id);
CREATE INDEX idx_reply_group_newest_status_size ON reply_group_newest (status, size, replied_at, pair_id);
CREATE INDEX idx_reply_group_newest_account_size ON reply_group_newest (integration_account_id, size, replied_at, pair_id);
CREATE INDEX idx_reply_group_newest_account_status_size
    ON reply_group_newest (integration_account_id, status, size, replied_at, pair_id);
CREATE INDEX idx_reply_group_newest_provider_size ON reply_group_newest (provider_id, size, replied_at, pair_id);
CREATE INDEX idx_reply_group_newest_provider_status_size ON reply_group_newest (provider_id, status, size, replied_at, pair_id);

-- Searches of the review that somebody saved under a name, for themselves or for the team.
CREATE TABLE pair_views (
    id                     BLOB PRIMARY KEY,
    user_id                BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name                   TEXT NOT NULL,
    is_shared              BOOLEAN NOT NULL,
    status                 TEXT NOT NULL,
    provider               TEXT,
    integration_account_id BLOB REFERENCES integrations_accounts (id) ON DELETE CASCADE,
    search                 TEXT,
    sort                   TEXT NOT NULL,
    created_at             TEXT NOT NULL,
    updated_at             TEXT NOT NULL
);
CREATE UNIQUE INDEX uq_pair_views_name ON pair_views (user_id, name);
CREATE INDEX idx_pair_views_shared ON pair_views (is_shared, name);
CREATE INDEX idx_pair_views_account ON pair_views (integration_account_id);
