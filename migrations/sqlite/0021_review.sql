-- Why pairs were rejected, what people wrote into them, and what each person did last. The PostgreSQL file beside this one makes the
-- same changes.

-- Only of a rejected pair: one of a few words, and what the reviewer added to it.
ALTER TABLE ai_training_pairs ADD COLUMN reject_reason TEXT;
ALTER TABLE ai_training_pairs ADD COLUMN reject_note TEXT;

-- Texts that people wrote into pairs: what both sides said before and after, and what is needed to go back.
CREATE TABLE pair_edits (
    id               BLOB PRIMARY KEY,
    pair_id          BLOB NOT NULL REFERENCES ai_training_pairs (id) ON DELETE CASCADE,
    user_id          BLOB REFERENCES users (id) ON DELETE SET NULL,
    at               TEXT NOT NULL,
    was_client_text  TEXT NOT NULL,
    was_reply_text   TEXT NOT NULL,
    was_labels       TEXT NOT NULL,
    was_edited       BOOLEAN NOT NULL,
    was_kept_against TEXT,
    client_text      TEXT NOT NULL,
    reply_text       TEXT NOT NULL
);
CREATE INDEX idx_pair_edits_pair ON pair_edits (pair_id, at, id);
CREATE INDEX idx_pair_edits_user ON pair_edits (user_id);

-- The last steps of each person in the review, to take them back: a decision about one pair or a group, or an edit.
CREATE TABLE review_steps (
    id       BLOB PRIMARY KEY,
    user_id  BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- The `decided_at` of what was decided.
    at       TEXT NOT NULL,
    group_id TEXT,
    edit_id  BLOB REFERENCES pair_edits (id) ON DELETE CASCADE
);
CREATE INDEX idx_review_steps_user ON review_steps (user_id, at, id);
CREATE INDEX idx_review_steps_edit ON review_steps (edit_id);

-- The pairs of a step, as they were before it, and the status it gave them.
CREATE TABLE review_step_pairs (
    step_id    BLOB NOT NULL REFERENCES review_steps (id) ON DELETE CASCADE,
    pair_id    BLOB NOT NULL REFERENCES ai_training_pairs (id) ON DELETE CASCADE,
    was_status TEXT NOT NULL,
    was_reason TEXT,
    was_note   TEXT,
    was_by     BLOB REFERENCES users (id) ON DELETE SET NULL,
    was_at     TEXT,
    status     TEXT NOT NULL,
    PRIMARY KEY (step_id, pair_id)
) WITHOUT ROWID;
CREATE INDEX idx_review_step_pairs_pair ON review_step_pairs (pair_id);
CREATE INDEX idx_review_step_pairs_by ON review_step_pairs (was_by);
