-- Drafts of answers: what was made for a client's question, what it rests on, and what it cost. The other folder has the same.
CREATE TABLE ai_suggestions (
    id                     BLOB PRIMARY KEY,
    integration_account_id BLOB NOT NULL REFERENCES integrations_accounts (id) ON DELETE CASCADE,
    -- The client's last message of the question: a draft is gone with it.
    question_message_id    BLOB NOT NULL REFERENCES emails_messages (id) ON DELETE CASCADE,
    -- 'draft' is a model's, 'template' a past reply.
    kind                   TEXT NOT NULL,
    state                  TEXT NOT NULL,
    -- Why there is none, and what the model's answer was instead of one.
    problem                TEXT,
    nonsense               TEXT,
    -- What the person wanted otherwise, and than in which draft.
    note                   TEXT,
    replaces               BLOB,
    asked_by               BLOB REFERENCES users (id) ON DELETE SET NULL,
    provider_code          TEXT,
    model                  TEXT,
    -- The past cases that were offered, with how near they are.
    cases                  TEXT NOT NULL,
    -- How many values were replaced before anything left the house, and whether texts were shortened.
    hidden                 BIGINT NOT NULL,
    is_shortened           BOOLEAN NOT NULL,
    -- The draft as it was checked; while it is written, its sentences so far.
    content                TEXT NOT NULL,
    template               TEXT,
    confidence             BIGINT,
    model_confidence       BIGINT,
    sentiment              TEXT,
    intent                 TEXT,
    urgency                TEXT,
    language               TEXT,
    input_tokens           BIGINT,
    output_tokens          BIGINT,
    cost_micros            BIGINT,
    created_at             TEXT NOT NULL,
    updated_at             TEXT NOT NULL,
    finished_at            TEXT,
    -- Whoever writes it says again and again that they are still there.
    alive_until            TEXT
);
CREATE INDEX idx_ai_suggestions_question ON ai_suggestions (question_message_id, created_at);
CREATE INDEX idx_ai_suggestions_account ON ai_suggestions (integration_account_id);
CREATE INDEX idx_ai_suggestions_asked_by ON ai_suggestions (asked_by);
CREATE INDEX idx_ai_suggestions_running ON ai_suggestions (alive_until) WHERE state = 'running';
