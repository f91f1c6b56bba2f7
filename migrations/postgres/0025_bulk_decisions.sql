-- Pairs are decided by a search, in the background, and rules that do so. The SQLite file beside this one makes the same changes.

-- What decides pairs by itself, once an admin has seen what it would do.
CREATE TABLE trust_rules (
    id                     UUID PRIMARY KEY,
    name                   TEXT NOT NULL,
    -- Of pairs that have at least this quality, in a group of at least so many.
    least_quality          BIGINT NOT NULL,
    least_said             BIGINT NOT NULL,
    integration_account_id UUID REFERENCES integrations_accounts (id) ON DELETE CASCADE,
    language               TEXT,
    created_at             TIMESTAMPTZ NOT NULL,
    updated_at             TIMESTAMPTZ NOT NULL,
    -- It decides what has come since then by itself, in the name of whoever switched it on. NULL: it is off.
    on_since               TIMESTAMPTZ,
    switched_on_by         UUID REFERENCES users (id) ON DELETE SET NULL
);
CREATE UNIQUE INDEX uq_trust_rules_name ON trust_rules (name);
CREATE INDEX idx_trust_rules_account ON trust_rules (integration_account_id);
CREATE INDEX idx_trust_rules_switched_on_by ON trust_rules (switched_on_by);

-- A decision about all pairs that a search finds: what is asked for, and how far it is.
CREATE TABLE bulk_decisions (
    id                     UUID PRIMARY KEY,
    asked_by               UUID REFERENCES users (id) ON DELETE SET NULL,
    asked_at               TIMESTAMPTZ NOT NULL,
    -- What came or was changed after it is left.
    as_of                  TIMESTAMPTZ NOT NULL,
    -- The search, as saved searches have it.
    status                 TEXT NOT NULL,
    provider               TEXT,
    integration_account_id UUID REFERENCES integrations_accounts (id) ON DELETE CASCADE,
    search                 TEXT,
    -- Of a rule: which one (it may be gone by now), what it asks for besides, and what it began with when it runs by itself.
    rule_id                UUID,
    rule_name              TEXT,
    least_said             BIGINT,
    came_after             TIMESTAMPTZ,
    decision               TEXT NOT NULL,
    reject_reason          TEXT,
    reject_note            TEXT,
    state                  TEXT NOT NULL,
    matched                BIGINT NOT NULL,
    matched_exact          BOOLEAN NOT NULL,
    decided                BIGINT NOT NULL,
    skipped                BIGINT NOT NULL,
    unchanged              BIGINT NOT NULL,
    undone                 BIGINT NOT NULL,
    stayed                 BIGINT NOT NULL,
    -- Where it goes on.
    place                  TEXT,
    error                  TEXT,
    ended_by               UUID REFERENCES users (id) ON DELETE SET NULL,
    updated_at             TIMESTAMPTZ NOT NULL
);
CREATE INDEX idx_bulk_decisions_asked ON bulk_decisions (asked_at, id);
CREATE INDEX idx_bulk_decisions_open ON bulk_decisions (state) WHERE state IN ('waiting', 'running', 'undoing');
CREATE INDEX idx_bulk_decisions_account ON bulk_decisions (integration_account_id);
CREATE INDEX idx_bulk_decisions_asked_by ON bulk_decisions (asked_by);
CREATE INDEX idx_bulk_decisions_ended_by ON bulk_decisions (ended_by);
CREATE INDEX idx_bulk_decisions_rule ON bulk_decisions (rule_id) WHERE rule_id IS NOT NULL;

-- The pairs that it decided, as they were before it, and when it did.
CREATE TABLE bulk_decision_pairs (
    bulk_id    UUID NOT NULL REFERENCES bulk_decisions (id) ON DELETE CASCADE,
    pair_id    UUID NOT NULL REFERENCES ai_training_pairs (id) ON DELETE CASCADE,
    was_status TEXT NOT NULL,
    was_reason TEXT,
    was_note   TEXT,
    was_by     UUID REFERENCES users (id) ON DELETE SET NULL,
    was_at     TIMESTAMPTZ,
    at         TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (bulk_id, pair_id)
);
CREATE INDEX idx_bulk_decision_pairs_pair ON bulk_decision_pairs (pair_id, at);
CREATE INDEX idx_bulk_decision_pairs_by ON bulk_decision_pairs (was_by);

-- It is one of the last steps of whoever asked for it.
ALTER TABLE review_steps ADD COLUMN bulk_id UUID REFERENCES bulk_decisions (id) ON DELETE CASCADE;
CREATE INDEX idx_review_steps_bulk ON review_steps (bulk_id) WHERE bulk_id IS NOT NULL;
