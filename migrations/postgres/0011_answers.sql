-- Approved pairs are searched: the words of each, and which are still to be noted. The SQLite file beside this one makes the same
-- changes.

-- Pairs whose words are to be noted or forgotten. Whatever statement changes a pair that is or was approved adds it here, in its
-- transaction; who notes its words takes it away.
CREATE TABLE answers_to_note (
    pair_id UUID PRIMARY KEY REFERENCES ai_training_pairs (id) ON DELETE CASCADE
);

-- The folded words of approved pairs (src/mail/words.rs). The place is the time of the reply in milliseconds times 32,768, and a
-- number that tells pairs of the same millisecond apart.
CREATE TABLE answer_words (
    pair_id UUID PRIMARY KEY REFERENCES ai_training_pairs (id) ON DELETE CASCADE,
    place   BIGINT NOT NULL,
    words   TSVECTOR NOT NULL
);
CREATE INDEX idx_answer_words_place ON answer_words (place, pair_id);
CREATE INDEX idx_answer_words ON answer_words USING GIN (words);

CREATE FUNCTION answer_to_note() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO answers_to_note (pair_id) VALUES (NEW.id) ON CONFLICT (pair_id) DO NOTHING;
    RETURN NULL;
END
$$;
CREATE TRIGGER answers_in AFTER INSERT ON ai_training_pairs
    FOR EACH ROW WHEN (NEW.status = 'approved') EXECUTE FUNCTION answer_to_note();
CREATE TRIGGER answers_changed AFTER UPDATE OF status, client_text, our_reply_text, replied_at ON ai_training_pairs
    FOR EACH ROW WHEN ((OLD.status = 'approved' OR NEW.status = 'approved')
        AND (OLD.status <> NEW.status OR OLD.client_text <> NEW.client_text OR OLD.our_reply_text <> NEW.our_reply_text
            OR OLD.replied_at <> NEW.replied_at)) EXECUTE FUNCTION answer_to_note();

-- What was approved before: the worker notes their words in pieces.
INSERT INTO answers_to_note (pair_id) SELECT id FROM ai_training_pairs WHERE status = 'approved';
