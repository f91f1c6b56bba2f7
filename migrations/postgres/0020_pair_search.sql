-- Pairs of every status are searched, by their words and by what else is known of them: one index for the review and for the knowledge
-- base. The SQLite file beside this one makes the same changes.

DROP TRIGGER answers_in ON ai_training_pairs;
DROP TRIGGER answers_changed ON ai_training_pairs;
DROP FUNCTION answer_to_note();
DROP TABLE answers_to_note;
DROP TABLE answer_words;

-- Pairs whose terms are to be noted. Whatever statement changes what a pair is found by adds it here, in its transaction; who notes it
-- takes it away.
CREATE TABLE pairs_to_note (
    pair_id UUID PRIMARY KEY REFERENCES ai_training_pairs (id) ON DELETE CASCADE,
    -- Somebody decided about it: it is noted before what a sync brought.
    soon    BOOLEAN NOT NULL
);
CREATE INDEX idx_pairs_to_note_soon ON pairs_to_note (soon DESC, pair_id);

-- The folded words of pairs (src/mail/words.rs) and the signs for what else is known of them (src/store/pairs/terms.rs). The place is the
-- time of the reply in milliseconds times 32,768, and a number that tells pairs of the same millisecond apart: the end of the pair's id.
CREATE TABLE pair_words (
    pair_id UUID PRIMARY KEY REFERENCES ai_training_pairs (id) ON DELETE CASCADE,
    place   BIGINT NOT NULL,
    -- What is missing to the best quality: the order of a list that begins with the lowest. SQLite reads one quality after the other.
    doubt   BIGINT NOT NULL,
    words   TSVECTOR NOT NULL
);
CREATE INDEX idx_pair_words_place ON pair_words (place, pair_id);
CREATE INDEX idx_pair_words_doubt ON pair_words (doubt, place, pair_id);
CREATE INDEX idx_pair_words ON pair_words USING GIN (words);

-- The languages that clients were found to write in.
CREATE TABLE pair_languages (language TEXT PRIMARY KEY);

CREATE FUNCTION pair_to_note() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO pairs_to_note (pair_id, soon)
    VALUES (NEW.id, NEW.status <> 'new' OR NEW.edited OR TG_OP = 'UPDATE' AND OLD.status <> 'new')
    ON CONFLICT (pair_id) DO UPDATE SET soon = TRUE WHERE excluded.soon AND NOT pairs_to_note.soon;
    RETURN NULL;
END
$$;
CREATE TRIGGER pairs_to_note_in AFTER INSERT ON ai_training_pairs FOR EACH ROW EXECUTE FUNCTION pair_to_note();
CREATE TRIGGER pairs_to_note_changed
    AFTER UPDATE OF status, client_text, our_reply_text, replied_at, labels, edited, fresh_client_text, fresh_reply_text, source_gone,
        decided_at, decided_by, group_id, integration_account_id, client_message_id, our_reply_message_id ON ai_training_pairs
    FOR EACH ROW WHEN (OLD.status <> NEW.status OR OLD.client_text <> NEW.client_text OR OLD.our_reply_text <> NEW.our_reply_text
        OR OLD.replied_at <> NEW.replied_at OR OLD.labels <> NEW.labels OR OLD.edited <> NEW.edited
        OR (OLD.fresh_client_text IS NULL) <> (NEW.fresh_client_text IS NULL)
        OR (OLD.fresh_reply_text IS NULL) <> (NEW.fresh_reply_text IS NULL) OR OLD.source_gone <> NEW.source_gone
        OR OLD.decided_at IS DISTINCT FROM NEW.decided_at OR OLD.decided_by IS DISTINCT FROM NEW.decided_by
        OR OLD.group_id IS DISTINCT FROM NEW.group_id OR OLD.integration_account_id <> NEW.integration_account_id
        OR OLD.client_message_id <> NEW.client_message_id OR OLD.our_reply_message_id <> NEW.our_reply_message_id)
    EXECUTE FUNCTION pair_to_note();

-- A message that its provider no longer has flags its pairs.
CREATE FUNCTION pairs_of_deleted_to_note() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO pairs_to_note (pair_id, soon)
    SELECT id, status <> 'new' FROM ai_training_pairs WHERE client_message_id = NEW.id OR our_reply_message_id = NEW.id ORDER BY id
    ON CONFLICT (pair_id) DO UPDATE SET soon = TRUE WHERE excluded.soon AND NOT pairs_to_note.soon;
    RETURN NULL;
END
$$;
CREATE TRIGGER pairs_to_note_deleted AFTER UPDATE OF deleted_at ON emails_messages
    FOR EACH ROW WHEN ((OLD.deleted_at IS NULL) <> (NEW.deleted_at IS NULL)) EXECUTE FUNCTION pairs_of_deleted_to_note();

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
    id                     UUID PRIMARY KEY,
    user_id                UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name                   TEXT NOT NULL,
    is_shared              BOOLEAN NOT NULL,
    status                 TEXT NOT NULL,
    provider               TEXT,
    integration_account_id UUID REFERENCES integrations_accounts (id) ON DELETE CASCADE,
    search                 TEXT,
    sort                   TEXT NOT NULL,
    created_at             TIMESTAMPTZ NOT NULL,
    updated_at             TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX uq_pair_views_name ON pair_views (user_id, name);
CREATE INDEX idx_pair_views_shared ON pair_views (is_shared, name);
CREATE INDEX idx_pair_views_account ON pair_views (integration_account_id);
