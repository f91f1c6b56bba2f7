-- Which approved pairs changed, for the index of past cases that each process keeps in memory. The PostgreSQL file beside this one makes
-- the same changes.

-- A pair that is or was approved, by its latest change. Whatever statement changes it notes it here, in its transaction. Marks only
-- grow: whoever has read up to a mark reads on from there. A pair that is gone stays noted, so that others forget it too.
CREATE TABLE answer_changes (
    pair_id BLOB PRIMARY KEY,
    mark    BIGINT NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX uq_answer_changes_mark ON answer_changes (mark);

CREATE TRIGGER answer_changes_in AFTER INSERT ON ai_training_pairs WHEN new.status = 'approved' BEGIN
    INSERT INTO answer_changes (pair_id, mark)
    VALUES (new.id, (SELECT COALESCE(MAX(mark), 0) + 1 FROM answer_changes))
    ON CONFLICT (pair_id) DO UPDATE SET mark = excluded.mark;
END;
CREATE TRIGGER answer_changes_out AFTER DELETE ON ai_training_pairs WHEN old.status = 'approved' BEGIN
    INSERT INTO answer_changes (pair_id, mark)
    VALUES (old.id, (SELECT COALESCE(MAX(mark), 0) + 1 FROM answer_changes))
    ON CONFLICT (pair_id) DO UPDATE SET mark = excluded.mark;
END;
CREATE TRIGGER answer_changes_changed
    AFTER UPDATE OF status, client_text, our_reply_text, replied_at, labels, group_id, integration_account_id ON ai_training_pairs
    WHEN (old.status = 'approved' OR new.status = 'approved')
        AND (old.status <> new.status OR old.client_text <> new.client_text OR old.our_reply_text <> new.our_reply_text
            OR old.replied_at <> new.replied_at OR old.labels <> new.labels OR old.group_id IS NOT new.group_id
            OR old.integration_account_id <> new.integration_account_id) BEGIN
    INSERT INTO answer_changes (pair_id, mark)
    VALUES (new.id, (SELECT COALESCE(MAX(mark), 0) + 1 FROM answer_changes))
    ON CONFLICT (pair_id) DO UPDATE SET mark = excluded.mark;
END;
