-- The schema of spec section 4. The SQLite file beside this one creates the same tables.

CREATE TABLE system_values (
    key        TEXT PRIMARY KEY,
    value      TEXT NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL
);

-- People -------------------------------------------------------------------------------------------------------------

CREATE TABLE users (
    id            UUID PRIMARY KEY,
    email         TEXT NOT NULL,
    display_name  TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    role          TEXT NOT NULL CHECK (role IN ('admin', 'member')),
    active        BOOLEAN NOT NULL,
    -- Sessions carry the epoch they began in; a new password or a deactivation ends them by raising it.
    session_epoch INTEGER NOT NULL DEFAULT 0,
    created_at    TIMESTAMPTZ NOT NULL,
    updated_at    TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX uq_users_email ON users (email);

CREATE TABLE sessions (
    id         TEXT PRIMARY KEY,
    data       BYTEA NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX idx_sessions_expires_at ON sessions (expires_at);

CREATE TABLE api_tokens (
    id           UUID PRIMARY KEY,
    user_id      UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    kind         TEXT NOT NULL CHECK (kind IN ('login', 'personal')),
    name         TEXT NOT NULL,
    prefix       TEXT NOT NULL,
    token_hash   TEXT NOT NULL,
    session_epoch INTEGER,
    created_at   TIMESTAMPTZ NOT NULL,
    last_used_at TIMESTAMPTZ,
    expires_at   TIMESTAMPTZ
);
CREATE UNIQUE INDEX uq_api_tokens_hash ON api_tokens (token_hash);
CREATE INDEX idx_api_tokens_user_id ON api_tokens (user_id);

CREATE TABLE login_attempts (
    -- 'account:<email>' or 'address:<ip>'
    key          TEXT PRIMARY KEY,
    failures     INTEGER NOT NULL,
    window_start TIMESTAMPTZ NOT NULL
);
CREATE INDEX idx_login_attempts_window_start ON login_attempts (window_start);

CREATE TABLE oauth_requests (
    -- SHA-256 of the state: what the database holds cannot be replayed.
    state_hash      TEXT PRIMARY KEY,
    user_id         UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    session_binding TEXT NOT NULL,
    pkce_verifier   TEXT NOT NULL,
    created_at      TIMESTAMPTZ NOT NULL,
    expires_at      TIMESTAMPTZ NOT NULL
);
CREATE INDEX idx_oauth_requests_expires_at ON oauth_requests (expires_at);

CREATE TABLE audit_log (
    id      UUID PRIMARY KEY,
    at      TIMESTAMPTZ NOT NULL,
    user_id UUID REFERENCES users (id) ON DELETE SET NULL,
    action  TEXT NOT NULL,
    subject TEXT,
    detail  JSONB
);
CREATE INDEX idx_audit_log_at ON audit_log (at);

-- Integrations -------------------------------------------------------------------------------------------------------

CREATE TABLE integrations_providers (
    id             UUID PRIMARY KEY,
    code           TEXT NOT NULL,
    name           TEXT NOT NULL,
    auth_type      TEXT NOT NULL,
    default_scopes JSONB,
    created_at     TIMESTAMPTZ NOT NULL,
    updated_at     TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX uq_integrations_providers_code ON integrations_providers (code);

CREATE TABLE integrations_accounts (
    id                  UUID PRIMARY KEY,
    provider_id         UUID NOT NULL REFERENCES integrations_providers (id) ON DELETE CASCADE,
    owner_user_id       UUID REFERENCES users (id) ON DELETE SET NULL,
    external_account_id TEXT NOT NULL,
    display_name        TEXT NOT NULL,
    status              TEXT NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'disabled', 'error')),
    last_sync_at        TIMESTAMPTZ,
    meta                JSONB NOT NULL,
    created_at          TIMESTAMPTZ NOT NULL,
    updated_at          TIMESTAMPTZ NOT NULL
);
CREATE INDEX idx_integrations_accounts_provider_id ON integrations_accounts (provider_id);
CREATE INDEX idx_integrations_accounts_owner_user_id ON integrations_accounts (owner_user_id);
CREATE INDEX idx_integrations_accounts_status ON integrations_accounts (status);
CREATE UNIQUE INDEX uq_integrations_accounts_provider_external ON integrations_accounts (provider_id, external_account_id);

CREATE TABLE integrations_credentials (
    id                     UUID PRIMARY KEY,
    integration_account_id UUID NOT NULL REFERENCES integrations_accounts (id) ON DELETE CASCADE,
    access_token           TEXT,
    refresh_token          TEXT,
    expires_at             TIMESTAMPTZ,
    scopes                 JSONB,
    created_at             TIMESTAMPTZ NOT NULL,
    updated_at             TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX idx_integrations_credentials_account_id ON integrations_credentials (integration_account_id);

-- Sync ---------------------------------------------------------------------------------------------------------------

CREATE TABLE sync_runs (
    id                     UUID PRIMARY KEY,
    integration_account_id UUID NOT NULL REFERENCES integrations_accounts (id) ON DELETE CASCADE,
    kind                   TEXT NOT NULL CHECK (kind IN ('sync', 'import')),
    triggered_by           TEXT NOT NULL CHECK (triggered_by IN ('worker', 'manual', 'cli')),
    state                  TEXT NOT NULL
                           CHECK (state IN ('queued', 'running', 'done', 'partial', 'failed', 'interrupted')),
    messages_total         INTEGER,
    messages_fetched       INTEGER NOT NULL DEFAULT 0,
    messages_upserted      INTEGER NOT NULL DEFAULT 0,
    pairs_created          INTEGER NOT NULL DEFAULT 0,
    pairs_skipped          INTEGER NOT NULL DEFAULT 0,
    messages_failed        INTEGER NOT NULL DEFAULT 0,
    -- Why messages make no pair: reason → count.
    skip_reasons           JSONB NOT NULL,
    bytes_done             BIGINT,
    bytes_total            BIGINT,
    -- Imports: the file, the name it was uploaded under, and the place up to which everything is stored.
    source_path            TEXT,
    source_name            TEXT,
    cursor                 JSONB,
    errors                 JSONB NOT NULL,
    errors_total           INTEGER NOT NULL DEFAULT 0,
    waiting_for            TEXT,
    waiting_until          TIMESTAMPTZ,
    created_at             TIMESTAMPTZ NOT NULL,
    started_at             TIMESTAMPTZ,
    finished_at            TIMESTAMPTZ,
    updated_at             TIMESTAMPTZ NOT NULL
);
CREATE INDEX idx_sync_runs_account ON sync_runs (integration_account_id, created_at);
CREATE INDEX idx_sync_runs_state ON sync_runs (state);

-- One row per account that was ever synced: where the next sync begins, and who is syncing it now.
CREATE TABLE sync_state (
    integration_account_id UUID PRIMARY KEY REFERENCES integrations_accounts (id) ON DELETE CASCADE,
    cursor                 JSONB,
    lease_run_id           UUID REFERENCES sync_runs (id) ON DELETE SET NULL,
    lease_until            TIMESTAMPTZ,
    last_run_at            TIMESTAMPTZ,
    -- Which of our addresses the stored directions were decided by.
    decided_by_addresses   TEXT
);

CREATE TABLE sync_failures (
    id                     UUID PRIMARY KEY,
    integration_account_id UUID NOT NULL REFERENCES integrations_accounts (id) ON DELETE CASCADE,
    external_id            TEXT NOT NULL,
    code                   TEXT NOT NULL,
    reason                 TEXT NOT NULL,
    attempts               INTEGER NOT NULL,
    first_seen_at          TIMESTAMPTZ NOT NULL,
    last_tried_at          TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX uq_sync_failures_account_external_id ON sync_failures (integration_account_id, external_id);

-- Mail ---------------------------------------------------------------------------------------------------------------

CREATE TABLE emails_messages (
    id                     UUID PRIMARY KEY,
    integration_account_id UUID NOT NULL REFERENCES integrations_accounts (id) ON DELETE CASCADE,
    external_id            TEXT NOT NULL,
    thread_id              TEXT NOT NULL,
    direction              TEXT NOT NULL CHECK (direction IN ('incoming', 'outgoing')),
    from_address           TEXT,
    from_name              TEXT,
    to_addresses           JSONB NOT NULL,
    cc_addresses           JSONB,
    bcc_addresses          JSONB,
    reply_to_addresses     JSONB,
    subject                TEXT,
    body_text              TEXT,
    body_html              TEXT,
    sent_at                TIMESTAMPTZ,
    received_at            TIMESTAMPTZ,
    -- Message-ID, In-Reply-To and References (RFC 5322 section 3.6.4), without the angle brackets.
    internet_message_id    TEXT,
    in_reply_to            JSONB NOT NULL,
    reference_ids          JSONB NOT NULL,
    labels                 JSONB NOT NULL,
    nature                 JSONB NOT NULL,
    defects                JSONB NOT NULL,
    raw_headers            JSONB,
    -- When we learned that the provider no longer has the message (deleted, spam or trash). It is kept here.
    deleted_at             TIMESTAMPTZ,
    created_at             TIMESTAMPTZ NOT NULL,
    updated_at             TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX uq_emails_messages_account_external_id ON emails_messages (integration_account_id, external_id);
CREATE INDEX idx_emails_messages_account ON emails_messages (integration_account_id);
CREATE INDEX idx_emails_messages_thread ON emails_messages (thread_id);
CREATE INDEX idx_emails_messages_sent_at ON emails_messages (sent_at);
CREATE INDEX idx_emails_messages_internet_message_id ON emails_messages (internet_message_id);

CREATE TABLE emails_attachments (
    id           UUID PRIMARY KEY,
    message_id   UUID NOT NULL REFERENCES emails_messages (id) ON DELETE CASCADE,
    position     INTEGER NOT NULL,
    file_name    TEXT,
    content_type TEXT NOT NULL,
    size_bytes   BIGINT NOT NULL,
    content_id   TEXT,
    inline_part  BOOLEAN NOT NULL
);
CREATE UNIQUE INDEX uq_emails_attachments_message_position ON emails_attachments (message_id, position);

-- Training pairs -----------------------------------------------------------------------------------------------------

CREATE TABLE ai_training_pairs (
    id                      UUID PRIMARY KEY,
    integration_account_id  UUID NOT NULL REFERENCES integrations_accounts (id) ON DELETE CASCADE,
    thread_id               TEXT,
    client_message_id       UUID NOT NULL REFERENCES emails_messages (id) ON DELETE CASCADE,
    our_reply_message_id    UUID NOT NULL REFERENCES emails_messages (id) ON DELETE CASCADE,
    -- Every message of the turn, in order: several of the client's before one reply, several of ours after it.
    client_message_ids      JSONB NOT NULL,
    reply_message_ids       JSONB NOT NULL,
    client_text             TEXT NOT NULL,
    our_reply_text          TEXT NOT NULL,
    status                  TEXT NOT NULL DEFAULT 'new' CHECK (status IN ('new', 'approved', 'rejected')),
    labels                  JSONB NOT NULL,
    responded_after_seconds BIGINT,
    -- When we replied, or when the pair was found if the reply has no date: the order of the review queue.
    replied_at              TIMESTAMPTZ NOT NULL,
    engine_version          INTEGER NOT NULL,
    -- Removed spans that a reviewer put back: such a pair is edited and no longer follows its mail.
    kept_spans              JSONB NOT NULL,
    edited                  BOOLEAN NOT NULL DEFAULT FALSE,
    -- What the mail says now, where that differs from a pair that was decided or edited.
    fresh_client_text       TEXT,
    fresh_reply_text        TEXT,
    -- The mail of a decided pair no longer makes a pair.
    source_gone             BOOLEAN NOT NULL DEFAULT FALSE,
    decided_by              UUID REFERENCES users (id) ON DELETE SET NULL,
    decided_at              TIMESTAMPTZ,
    created_at              TIMESTAMPTZ NOT NULL,
    updated_at              TIMESTAMPTZ NOT NULL
);
-- One reply makes one pair.
CREATE UNIQUE INDEX uq_ai_training_pairs_reply ON ai_training_pairs (our_reply_message_id);
CREATE INDEX idx_ai_training_pairs_client ON ai_training_pairs (client_message_id);
CREATE INDEX idx_ai_training_pairs_status ON ai_training_pairs (status, replied_at, id);
CREATE INDEX idx_ai_training_pairs_integration_account ON ai_training_pairs (integration_account_id);
CREATE INDEX idx_ai_training_pairs_thread ON ai_training_pairs (thread_id);

-- Threads whose mail changed since their pairs were last made: written with the mail, removed with the pairs, so that
-- a crash between the two loses none.
CREATE TABLE threads_to_pair (
    integration_account_id UUID NOT NULL REFERENCES integrations_accounts (id) ON DELETE CASCADE,
    thread_id              TEXT NOT NULL,
    PRIMARY KEY (integration_account_id, thread_id)
);

-- AI providers -------------------------------------------------------------------------------------------------------

CREATE TABLE ai_providers (
    id            UUID PRIMARY KEY,
    provider_code TEXT NOT NULL,
    name          TEXT NOT NULL,
    owner_user_id UUID REFERENCES users (id) ON DELETE SET NULL,
    api_key       TEXT,
    model_default TEXT,
    created_at    TIMESTAMPTZ NOT NULL,
    updated_at    TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX uq_ai_providers_provider_code ON ai_providers (provider_code);
CREATE INDEX idx_ai_providers_owner_user_id ON ai_providers (owner_user_id);
