-- Vectors of approved pairs, and whether they help to find past cases. The PostgreSQL file beside this one makes the same changes.

-- What the chosen model makes of a pair: a vector of the client's message and one of our reply, each its scale (a float of four bytes,
-- the lowest first) and then a signed byte for each dimension. The fingerprint is of both texts.
CREATE TABLE answer_vectors (
    pair_id     BLOB PRIMARY KEY REFERENCES ai_training_pairs (id) ON DELETE CASCADE,
    model       TEXT NOT NULL,
    dimension   BIGINT NOT NULL,
    fingerprint BIGINT NOT NULL,
    question    BLOB NOT NULL,
    reply       BLOB NOT NULL,
    made_at     TEXT NOT NULL
) WITHOUT ROWID;

-- Other texts have other vectors.
CREATE TRIGGER answer_vectors_outdated AFTER UPDATE OF client_text, our_reply_text ON ai_training_pairs
    WHEN old.client_text <> new.client_text OR old.our_reply_text <> new.our_reply_text BEGIN
    DELETE FROM answer_vectors WHERE pair_id = new.id;
END;

-- A case with a vector is another case to the index.
CREATE TRIGGER answer_vectors_in AFTER INSERT ON answer_vectors BEGIN
    INSERT INTO answer_changes (pair_id, mark)
    VALUES (new.pair_id, (SELECT COALESCE(MAX(mark), 0) + 1 FROM answer_changes))
    ON CONFLICT (pair_id) DO UPDATE SET mark = excluded.mark;
END;

-- What came of trying a model on an account's own pairs. Ranks are in ten-thousandths, the weight in hundredths; 0: they do not help.
CREATE TABLE answer_vector_trials (
    integration_account_id BLOB PRIMARY KEY REFERENCES integrations_accounts (id) ON DELETE CASCADE,
    model         TEXT NOT NULL,
    pairs         BIGINT NOT NULL,
    conversations BIGINT NOT NULL,
    weight        BIGINT NOT NULL,
    words_rank    BIGINT NOT NULL,
    joined_rank   BIGINT NOT NULL,
    gain_least    BIGINT NOT NULL,
    gain_most     BIGINT NOT NULL,
    tried_at      TEXT NOT NULL
) WITHOUT ROWID;
