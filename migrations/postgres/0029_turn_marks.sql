-- Where messages belong, as a person says: which of them make one pair, and which make none. The SQLite file beside this one
-- makes the same changes.

CREATE TABLE turn_marks (
    message_id UUID PRIMARY KEY REFERENCES emails_messages (id) ON DELETE CASCADE,
    -- Messages with one of these make one pair: it is nothing but a name. None: the message was left out.
    turn_id    UUID,
    marked_by  UUID REFERENCES users (id) ON DELETE SET NULL,
    marked_at  TIMESTAMPTZ NOT NULL
);
CREATE INDEX idx_turn_marks_by ON turn_marks (marked_by);

-- What a person changed of them in one step: what each message was before, and is since.
CREATE TABLE turn_changes (
    id      UUID PRIMARY KEY,
    user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    at      TIMESTAMPTZ NOT NULL,
    marks   JSONB NOT NULL
);
CREATE INDEX idx_turn_changes_user ON turn_changes (user_id);

ALTER TABLE review_steps ADD COLUMN turns_id UUID REFERENCES turn_changes (id) ON DELETE CASCADE;
CREATE INDEX idx_review_steps_turns ON review_steps (turns_id);
