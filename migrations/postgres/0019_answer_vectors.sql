-- Vectors of approved pairs, and whether they help to find past cases. The SQLite file beside this one makes the same changes.

-- What the chosen model makes of a pair: a vector of the client's message and one of our reply, each its scale (a float of four bytes,
-- the lowest first) and then a signed byte for each dimension. The fingerprint is of both texts.
CREATE TABLE answer_vectors (
    pair_id     UUID PRIMARY KEY REFERENCES ai_training_pairs (id) ON DELETE CASCADE,
    model       TEXT NOT NULL,
    dimension   BIGINT NOT NULL,
    fingerprint BIGINT NOT NULL,
    question    BYTEA NOT NULL,
    reply       BYTEA NOT NULL,
    made_at     TIMESTAMPTZ NOT NULL
);

-- Other texts have other vectors.
CREATE FUNCTION forget_answer_vectors() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM answer_vectors WHERE pair_id = NEW.id;
    RETURN NULL;
END
$$;
CREATE TRIGGER answer_vectors_outdated AFTER UPDATE OF client_text, our_reply_text ON ai_training_pairs
    FOR EACH ROW WHEN (OLD.client_text <> NEW.client_text OR OLD.our_reply_text <> NEW.our_reply_text)
    EXECUTE FUNCTION forget_answer_vectors();

-- A case with a vector is another case to the index.
CREATE FUNCTION note_answer_vector() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO answer_changes (pair_id, mark) VALUES (NEW.pair_id, pg_current_xact_id()::TEXT::BIGINT)
    ON CONFLICT (pair_id) DO UPDATE SET mark = excluded.mark;
    RETURN NULL;
END
$$;
CREATE TRIGGER answer_vectors_in AFTER INSERT ON answer_vectors
    FOR EACH ROW EXECUTE FUNCTION note_answer_vector();

-- What came of trying a model on an account's own pairs. Ranks are in ten-thousandths, the weight in hundredths; 0: they do not help.
CREATE TABLE answer_vector_trials (
    integration_account_id UUID PRIMARY KEY REFERENCES integrations_accounts (id) ON DELETE CASCADE,
    model         TEXT NOT NULL,
    pairs         BIGINT NOT NULL,
    conversations BIGINT NOT NULL,
    weight        BIGINT NOT NULL,
    words_rank    BIGINT NOT NULL,
    joined_rank   BIGINT NOT NULL,
    gain_least    BIGINT NOT NULL,
    gain_most     BIGINT NOT NULL,
    tried_at      TIMESTAMPTZ NOT NULL
);
