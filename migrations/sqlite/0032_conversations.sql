-- Conversations: threads with a client, whose turn it is, and what the team made of that. The PostgreSQL file beside this one makes the same
-- changes.

CREATE TABLE conversations (
    email_thread_id        BLOB PRIMARY KEY REFERENCES emails_threads (id) ON DELETE CASCADE,
    -- The mailbox that the client wrote to last.
    integration_account_id BLOB NOT NULL REFERENCES integrations_accounts (id) ON DELETE CASCADE,
    -- 'needs_reply', 'waiting', 'snoozed' or 'archived'; by its mail alone one of the first two.
    state            TEXT NOT NULL,
    mail_state       TEXT NOT NULL,
    client_name      TEXT,
    client_address   TEXT,
    language         TEXT,
    -- The last word, of a client or of us.
    last_message_id  BLOB NOT NULL,
    last_by          TEXT NOT NULL,
    last_text        TEXT NOT NULL,
    last_at          TEXT NOT NULL,
    -- Since when a client waits for an answer.
    asked_at         TEXT,
    -- When the newest of its mail came here that this rests on.
    known_until      TEXT NOT NULL,
    assigned_to      BLOB REFERENCES users (id) ON DELETE SET NULL,
    assigned_by      BLOB REFERENCES users (id) ON DELETE SET NULL,
    assigned_at      TEXT,
    -- It holds as long as no client asks for something that came after `snoozed_known`.
    snoozed_until    TEXT,
    snoozed_by       BLOB REFERENCES users (id) ON DELETE SET NULL,
    snoozed_at       TEXT,
    snoozed_known    TEXT,
    -- It holds as long as nobody says something that came after `archived_known`.
    archived_by      BLOB REFERENCES users (id) ON DELETE SET NULL,
    archived_at      TEXT,
    archived_known   TEXT,
    updated_at       TEXT NOT NULL
) WITHOUT ROWID;
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
    id              BLOB PRIMARY KEY,
    email_thread_id BLOB NOT NULL REFERENCES emails_threads (id) ON DELETE CASCADE,
    written_by      BLOB REFERENCES users (id) ON DELETE SET NULL,
    text            TEXT NOT NULL,
    written_at      TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX idx_conversation_notes_thread ON conversation_notes (email_thread_id, written_at, id);
CREATE INDEX idx_conversation_notes_by ON conversation_notes (written_by);

-- Up to which of its mail somebody has seen it.
CREATE TABLE conversation_seen (
    user_id         BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    email_thread_id BLOB NOT NULL REFERENCES emails_threads (id) ON DELETE CASCADE,
    known_until     TEXT NOT NULL,
    PRIMARY KEY (user_id, email_thread_id)
) WITHOUT ROWID;
CREATE INDEX idx_conversation_seen_thread ON conversation_seen (email_thread_id);

-- Threads of before are looked at by the worker.
ALTER TABLE emails_threads ADD COLUMN conversation_noted BOOLEAN NOT NULL DEFAULT FALSE;
CREATE INDEX idx_emails_threads_to_note ON emails_threads (id) WHERE NOT conversation_noted;

-- How many there are of each state in each mailbox.
CREATE TRIGGER count_conversations_in AFTER INSERT ON conversations BEGIN
    INSERT INTO account_counts (integration_account_id, what, number)
        VALUES (new.integration_account_id, 'conversation_' || new.state, 1)
        ON CONFLICT (integration_account_id, what) DO UPDATE SET number = number + excluded.number;
END;
CREATE TRIGGER count_conversations_out AFTER DELETE ON conversations BEGIN
    INSERT INTO account_counts (integration_account_id, what, number)
        VALUES (old.integration_account_id, 'conversation_' || old.state, -1)
        ON CONFLICT (integration_account_id, what) DO UPDATE SET number = number + excluded.number;
END;
CREATE TRIGGER count_conversations_changed AFTER UPDATE OF integration_account_id, state ON conversations
  WHEN old.integration_account_id <> new.integration_account_id OR old.state <> new.state BEGIN
    INSERT INTO account_counts (integration_account_id, what, number)
        VALUES (old.integration_account_id, 'conversation_' || old.state, -1)
        ON CONFLICT (integration_account_id, what) DO UPDATE SET number = number + excluded.number;
    INSERT INTO account_counts (integration_account_id, what, number)
        VALUES (new.integration_account_id, 'conversation_' || new.state, 1)
        ON CONFLICT (integration_account_id, what) DO UPDATE SET number = number + excluded.number;
END;
-- Whoever cannot review any more gives back what they have.
CREATE TRIGGER users_give_conversations_back AFTER UPDATE OF active, role ON users
    WHEN NOT new.active OR new.role NOT IN ('admin', 'reviewer') BEGIN
    UPDATE conversations SET assigned_to = NULL, assigned_by = NULL, assigned_at = NULL WHERE assigned_to = new.id;
END;
