-- A share of the decided pairs is shown to a second reviewer, who does not see what the first one decided. The SQLite file beside this
-- one makes the same changes.

CREATE TABLE second_opinions (
    pair_id       UUID PRIMARY KEY REFERENCES ai_training_pairs (id) ON DELETE CASCADE,
    -- What was decided first: it follows the pair until there is a second opinion.
    first_status  TEXT NOT NULL CHECK (first_status IN ('approved', 'rejected')),
    first_by      UUID REFERENCES users (id) ON DELETE SET NULL,
    asked_at      TIMESTAMPTZ NOT NULL,
    second_status TEXT CHECK (second_status IN ('approved', 'rejected')),
    second_by     UUID REFERENCES users (id) ON DELETE SET NULL,
    given_at      TIMESTAMPTZ,
    -- Somebody has decided what holds, or has decided the pair anew since.
    settled_at    TIMESTAMPTZ
);
CREATE INDEX idx_second_opinions_waiting ON second_opinions (asked_at, pair_id, first_by) WHERE second_status IS NULL;
CREATE INDEX idx_second_opinions_given ON second_opinions (first_status, second_status) WHERE second_status IS NOT NULL;
CREATE INDEX idx_second_opinions_open ON second_opinions (given_at, pair_id)
  WHERE second_status <> first_status AND settled_at IS NULL;

-- Whatever statement decides a pair: a share of those that were new wait for a second opinion.
CREATE FUNCTION opinion_asked() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO second_opinions (pair_id, first_status, first_by, asked_at)
      SELECT NEW.id, NEW.status, NEW.decided_by, NEW.decided_at
      WHERE random() * 100 < COALESCE(
        (SELECT CAST(value AS INTEGER) FROM system_values WHERE key = 'second_opinion_share'), 0)
      ON CONFLICT (pair_id) DO NOTHING;
    RETURN NULL;
END
$$;
CREATE TRIGGER opinions_decided AFTER UPDATE OF status ON ai_training_pairs
    FOR EACH ROW WHEN (OLD.status = 'new' AND NEW.status <> 'new' AND NEW.decided_by IS NOT NULL)
    EXECUTE FUNCTION opinion_asked();

CREATE FUNCTION opinion_changed() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM second_opinions WHERE pair_id = NEW.id AND second_status IS NULL AND NEW.status = 'new';
    UPDATE second_opinions SET first_status = NEW.status, first_by = NEW.decided_by
      WHERE pair_id = NEW.id AND second_status IS NULL AND NEW.status <> 'new';
    UPDATE second_opinions SET settled_at = NEW.updated_at
      WHERE pair_id = NEW.id AND second_status IS NOT NULL AND settled_at IS NULL;
    RETURN NULL;
END
$$;
CREATE TRIGGER opinions_changed AFTER UPDATE OF status ON ai_training_pairs
    FOR EACH ROW WHEN (OLD.status <> 'new' AND NEW.status <> OLD.status) EXECUTE FUNCTION opinion_changed();
