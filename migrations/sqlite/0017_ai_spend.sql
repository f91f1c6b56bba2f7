-- AI providers: more than one, with models, prices and a budget; and the record of what was called. The other folder has the same.
ALTER TABLE ai_providers ADD COLUMN base_url TEXT;
ALTER TABLE ai_providers ADD COLUMN allow_local BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE ai_providers ADD COLUMN model_embeddings TEXT;
-- Which provider is asked for drafts, and which for vectors.
ALTER TABLE ai_providers ADD COLUMN drafts BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE ai_providers ADD COLUMN embeds BOOLEAN NOT NULL DEFAULT FALSE;
-- For a calendar month (UTC), in millionths of a dollar. NULL: no limit.
ALTER TABLE ai_providers ADD COLUMN budget_micros BIGINT;
-- When the provider's list of models was last read, and when that was last tried.
ALTER TABLE ai_providers ADD COLUMN models_at TEXT;
ALTER TABLE ai_providers ADD COLUMN models_tried_at TEXT;

-- What a provider lists, and what has a price: for a million tokens, in millionths of a dollar.
CREATE TABLE ai_models (
    provider_code TEXT NOT NULL REFERENCES ai_providers (provider_code) ON DELETE CASCADE,
    model         TEXT NOT NULL,
    listed        BOOLEAN NOT NULL,
    shutdown_date TEXT,
    input_price   BIGINT,
    output_price  BIGINT,
    PRIMARY KEY (provider_code, model)
);

-- Every call of a model; never what was said. `charge_micros` is the most that it may cost until it is settled, and what it cost then:
-- the sum of a month is what is spent or set aside. A call without `settled_at` is under way.
CREATE TABLE ai_calls (
    id            BLOB PRIMARY KEY,
    provider_code TEXT NOT NULL,
    model         TEXT NOT NULL,
    purpose       TEXT NOT NULL,
    day           TEXT NOT NULL,
    started_at    TEXT NOT NULL,
    settled_at    TEXT,
    outcome       TEXT,
    input_tokens  BIGINT,
    output_tokens BIGINT,
    input_price   BIGINT,
    output_price  BIGINT,
    charge_micros BIGINT NOT NULL,
    latency_ms    BIGINT
);
CREATE INDEX idx_ai_calls_day ON ai_calls (day, provider_code, charge_micros);
CREATE INDEX idx_ai_calls_open ON ai_calls (started_at) WHERE settled_at IS NULL;
