-- Conversations: threads with a client, whose turn it is, and what the team made of that. The SQLite file beside this one makes the same
-- changes.

CREATE TABLE conversations (
    email_thread_id        UUID PRIMARY KEY REFERENCES emails_threads (id) ON DELETE CASCADE,
    -- The mailbox that the client wrote to last.
    integration_account_id UUID NOT NULL REFERENCES integrations_accounts (id) ON DELETE CASCADE,
    -- 'needs_reply', 'waiting', 'snoozed' or 'archived'; by its mail alone one of the first two.
    state            TEXT NOT NULL,
    mail_state       TEXT NOT NULL,
    client_name      TEXT,
    client_address   TEXT,
    language         TEXT,
    -- The last word, of a client or of us.
    last_message_id  UUID NOT NULL,
    last_by          TEXT NOT NULL,
    last_text        TEXT NOT NULL,
    last_at          TIMESTAMPTZ NOT NULL,
    -- Since when a client waits for an answer.
    asked_at         TIMESTAMPTZ,
    -- When the newest of its mail came here that this rests on.
    known_until      TIMESTAMPTZ NOT NULL,
    assigned_to      UUID REFERENCES users (id) ON DELETE SET NULL,
    assigned_by      UUID REFERENCES users (id) ON DELETE SET NULL,
    assigned_at      TIMESTAMPTZ,
    -- It holds as long as no client asks for something that came after `snoozed_known`.
    snoozed_until    TIMESTAMPTZ,
    snoozed_by       UUID REFERENCES users (id) ON DELETE SET NULL,
    snoozed_at       TIMESTAMPTZ,
    snoozed_known    TIMESTAMPTZ,
    -- It holds as long as nobody says something that came after `archived_known`.
    archived_by      UUID REFERENCES users (id) ON DELETE SET NULL,
    archived_at      TIMESTAMPTZ,
    archived_known   TIMESTAMPTZ,
    updated_at       TIMESTAMPTZ NOT NULL
);
CREATE INDEX idx_conversations_last ON conversations (last_at, email_thread_id);
CREATE INDEX idx_conversations_state ON conversations (state, last_at, email_thread_id);
CREATE INDEX idx_conversations_account ON conversations (integration_account_id, state, last_at, email_thread_id);
CREATE INDEX idx_conversations_assigned ON conversations (assigned_to, state, last_at, email_thread_id);
CREATE INDEX idx_conversations_account_last ON conversations (integration_account_id, last_at, email_thread_id);
CREATE INDEX idx_conversations_assigned_last ON conversations (assigned_to, last_at, email_thread_id);
CREATE INDEX idx_conversations_asked ON conversations (state, asked_at, email_thread_id) WHERE asked_at IS NOT NULL;
CREATE INDEX idx_conversations_updated ON conversations (updated_at);
CREATE INDEX idx_conversations_snoozed ON conversations (state, snoozed_until) WHERE snoozed_until IS NOT NULL;
CREATE INDEX idx_conversations_assigned_by ON conversations (assigned_by) WHERE assigned_by IS NOT NULL;
CREATE INDEX idx_conversations_snoozed_by ON conversations (snoozed_by) WHERE snoozed_by IS NOT NULL;
CREATE INDEX idx_conversations_archived_by ON conversations (archived_by) WHERE archived_by IS NOT NULL;

-- What people of the team write to each other about a conversation. It is never sent, and no model reads it.
CREATE TABLE conversation_notes (
    id              UUID PRIMARY KEY,
    email_thread_id UUID NOT NULL REFERENCES emails_threads (id) ON DELETE CASCADE,
    written_by      UUID REFERENCES users (id) ON DELETE SET NULL,
    text            TEXT NOT NULL,
    written_at      TIMESTAMPTZ NOT NULL
);
CREATE INDEX idx_conversation_notes_thread ON conversation_notes (email_thread_id, written_at, id);
CREATE INDEX idx_conversation_notes_by ON conversation_notes (written_by);

-- Up to which of its mail somebody has seen it.
CREATE TABLE conversation_seen (
    user_id         UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    email_thread_id UUID NOT NULL REFERENCES emails_threads (id) ON DELETE CASCADE,
    known_until     TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (user_id, email_thread_id)
);
CREATE INDEX idx_conversation_seen_thread ON conversation_seen (email_thread_id);

-- Threads of before are looked at by the worker.
ALTER TABLE emails_threads ADD COLUMN conversation_noted BOOLEAN NOT NULL DEFAULT FALSE;
CREATE INDEX idx_emails_threads_to_note ON emails_threads (id) WHERE NOT conversation_noted;

-- How many there are of each state in each mailbox.
CREATE TRIGGER count_conversations_in AFTER INSERT ON conversations REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION keep_account_counts('integration_account_id AS account, ''conversation_'' || state AS what, 1 AS each');
CREATE TRIGGER count_conversations_out AFTER DELETE ON conversations REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION keep_account_counts('integration_account_id AS account, ''conversation_'' || state AS what, 1 AS each');
CREATE TRIGGER count_conversations_changed AFTER UPDATE ON conversations REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION keep_account_counts('integration_account_id AS account, ''conversation_'' || state AS what, 1 AS each');
-- Whoever cannot review any more gives back what they have.
CREATE FUNCTION user_gives_conversations_back() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    UPDATE conversations SET assigned_to = NULL, assigned_by = NULL, assigned_at = NULL WHERE assigned_to = NEW.id;
    RETURN NULL;
END
$$;
CREATE TRIGGER users_give_conversations_back AFTER UPDATE OF active, role ON users
    FOR EACH ROW WHEN (NOT NEW.active OR NEW.role NOT IN ('admin', 'reviewer')) EXECUTE FUNCTION user_gives_conversations_back();
