-- Approved pairs are searched: the words of each, and which are still to be noted. The PostgreSQL file beside this one makes the same
-- changes.

-- Pairs whose words are to be noted or forgotten. Whatever statement changes a pair that is or was approved adds it here, in its
-- transaction; who notes its words takes it away.
CREATE TABLE answers_to_note (
    pair_id BLOB PRIMARY KEY REFERENCES ai_training_pairs (id) ON DELETE CASCADE
) WITHOUT ROWID;

-- Where an approved pair stands among those that are searched: the time of the reply in milliseconds times 32,768, and a number that
-- tells pairs of the same millisecond apart.
CREATE TABLE answer_places (
    pair_id BLOB PRIMARY KEY REFERENCES ai_training_pairs (id) ON DELETE CASCADE,
    place   BIGINT NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX uq_answer_places_place ON answer_places (place);

-- The folded words of approved pairs (src/mail/words.rs), by their place: a search reads them in the order of the list.
CREATE VIRTUAL TABLE answer_words USING fts5
    (words, content = '', contentless_delete = 1, detail = 'none', tokenize = 'ascii', prefix = '3');
INSERT INTO answer_words (answer_words, rank) VALUES ('automerge', 8);
CREATE TRIGGER answer_words_gone AFTER DELETE ON answer_places BEGIN
    DELETE FROM answer_words WHERE rowid = old.place;
END;

CREATE TRIGGER answers_in AFTER INSERT ON ai_training_pairs WHEN new.status = 'approved' BEGIN
    INSERT INTO answers_to_note (pair_id) VALUES (new.id) ON CONFLICT (pair_id) DO NOTHING;
END;
CREATE TRIGGER answers_changed AFTER UPDATE OF status, client_text, our_reply_text, replied_at ON ai_training_pairs
    WHEN (old.status = 'approved' OR new.status = 'approved')
        AND (old.status <> new.status OR old.client_text <> new.client_text OR old.our_reply_text <> new.our_reply_text
            OR old.replied_at <> new.replied_at) BEGIN
    INSERT INTO answers_to_note (pair_id) VALUES (new.id) ON CONFLICT (pair_id) DO NOTHING;
END;

-- What was approved before: the worker notes their words in pieces.
INSERT INTO answers_to_note (pair_id) SELECT id FROM ai_training_pairs WHERE status = 'approved';
