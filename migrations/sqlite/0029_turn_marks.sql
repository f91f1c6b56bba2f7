-- Where messages belong, as a person says: which of them make one pair, and which make none. The PostgreSQL file beside this one
-- makes the same changes.

CREATE TABLE turn_marks (
    message_id BLOB PRIMARY KEY REFERENCES emails_messages (id) ON DELETE CASCADE,
    -- Messages with one of these make one pair: it is nothing but a name. None: the message was left out.
    turn_id    BLOB,
    marked_by  BLOB REFERENCES users (id) ON DELETE SET NULL,
    marked_at  TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX idx_turn_marks_by ON turn_marks (marked_by);

-- What a person changed of them in one step: what each message was before, and is since.
CREATE TABLE turn_changes (
    id      BLOB PRIMARY KEY,
    user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    at      TEXT NOT NULL,
    marks   TEXT NOT NULL
);
CREATE INDEX idx_turn_changes_user ON turn_changes (user_id);

ALTER TABLE review_steps ADD COLUMN turns_id BLOB REFERENCES turn_changes (id) ON DELETE CASCADE;
CREATE INDEX idx_review_steps_turns ON review_steps (turns_id);
