-- The newest pair of each group, by account and status: a list that shows one pair per group reads these in its order. The SQLite
-- file beside this one makes the same changes.

CREATE TABLE reply_group_newest (
    group_id               TEXT NOT NULL,
    integration_account_id UUID NOT NULL,
    status                 TEXT NOT NULL,
    provider_id            UUID,
    replied_at             TIMESTAMPTZ NOT NULL,
    pair_id                UUID NOT NULL,
    PRIMARY KEY (group_id, integration_account_id, status)
);
CREATE INDEX idx_reply_group_newest_all ON reply_group_newest (replied_at, pair_id);
CREATE INDEX idx_reply_group_newest_status ON reply_group_newest (status, replied_at, pair_id);
CREATE INDEX idx_reply_group_newest_account ON reply_group_newest (integration_account_id, replied_at, pair_id);
CREATE INDEX idx_reply_group_newest_account_status ON reply_group_newest (integration_account_id, status, replied_at, pair_id);
CREATE INDEX idx_reply_group_newest_provider ON reply_group_newest (provider_id, replied_at, pair_id);
CREATE INDEX idx_reply_group_newest_provider_status ON reply_group_newest (provider_id, status, replied_at, pair_id);

INSERT INTO reply_group_newest (group_id, integration_account_id, status, provider_id, replied_at, pair_id)
SELECT DISTINCT ON (group_id, integration_account_id, status)
    group_id, integration_account_id, status, provider_id, replied_at, id
FROM ai_training_pairs WHERE group_id IS NOT NULL
ORDER BY group_id, integration_account_id, status, replied_at DESC, id DESC;

-- The pairs of no group are listed with them. SQLite reads them by the indexes of groups.
CREATE INDEX idx_ai_training_pairs_alone ON ai_training_pairs (replied_at, id) WHERE group_id IS NULL;
CREATE INDEX idx_ai_training_pairs_alone_status ON ai_training_pairs (status, replied_at, id) WHERE group_id IS NULL;

-- Groups whose newest pairs are to be noted again. Whatever statement changes which one that is adds them, in its transaction; who
-- notes it takes them away. A group may stand here several times: writers that meet in one do not wait for each other.
CREATE TABLE reply_groups_to_note (
    id       BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    group_id TEXT NOT NULL
);
CREATE FUNCTION note_reply_groups() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format(
        'INSERT INTO reply_groups_to_note (group_id)
         SELECT DISTINCT group_id FROM (
            SELECT group_id FROM (%s) changed WHERE group_id IS NOT NULL
            GROUP BY id, group_id, integration_account_id, status, replied_at HAVING SUM(sign) <> 0) moved',
        changed_rows(TG_OP));
    RETURN NULL;
END
$$;
CREATE TRIGGER newest_in AFTER INSERT ON ai_training_pairs REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION note_reply_groups();
CREATE TRIGGER newest_out AFTER DELETE ON ai_training_pairs REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION note_reply_groups();
CREATE TRIGGER newest_changed AFTER UPDATE ON ai_training_pairs REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION note_reply_groups();
