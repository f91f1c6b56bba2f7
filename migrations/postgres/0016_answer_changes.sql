-- Which approved pairs changed, for the index of past cases that each process keeps in memory. The SQLite file beside this one makes
-- the same changes.

-- A pair that is or was approved, by its latest change. Whatever statement changes it notes it here, in its transaction. The mark is the
-- id of that transaction: whoever reads goes on from the oldest one that was still open when it looked, and so misses none that ends
-- later. A pair that is gone stays noted, so that others forget it too.
CREATE TABLE answer_changes (
    pair_id UUID PRIMARY KEY,
    mark    BIGINT NOT NULL
);
CREATE INDEX idx_answer_changes_mark ON answer_changes (mark);

CREATE FUNCTION note_answer_change() RETURNS TRIGGER LANGUAGE plpgsql AS $$
DECLARE
    changed UUID;
BEGIN
    IF TG_OP = 'DELETE' THEN
        changed := OLD.id;
    ELSE
        changed := NEW.id;
    END IF;
    INSERT INTO answer_changes (pair_id, mark) VALUES (changed, pg_current_xact_id()::TEXT::BIGINT)
    ON CONFLICT (pair_id) DO UPDATE SET mark = excluded.mark;
    RETURN NULL;
END
$$;
CREATE TRIGGER answer_changes_in AFTER INSERT ON ai_training_pairs
    FOR EACH ROW WHEN (NEW.status = 'approved') EXECUTE FUNCTION note_answer_change();
CREATE TRIGGER answer_changes_out AFTER DELETE ON ai_training_pairs
    FOR EACH ROW WHEN (OLD.status = 'approved') EXECUTE FUNCTION note_answer_change();
CREATE TRIGGER answer_changes_changed
    AFTER UPDATE OF status, client_text, our_reply_text, replied_at, labels, group_id, integration_account_id ON ai_training_pairs
    FOR EACH ROW WHEN ((OLD.status = 'approved' OR NEW.status = 'approved')
        AND (OLD.status <> NEW.status OR OLD.client_text <> NEW.client_text OR OLD.our_reply_text <> NEW.our_reply_text
            OR OLD.replied_at <> NEW.replied_at OR OLD.labels <> NEW.labels OR OLD.group_id IS DISTINCT FROM NEW.group_id
            OR OLD.integration_account_id <> NEW.integration_account_id)) EXECUTE FUNCTION note_answer_change();
