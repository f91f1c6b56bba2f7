-- A share of the decided pairs is shown to a second reviewer, who does not see what the first one decided. The PostgreSQL file beside
-- this one makes the same changes.

CREATE TABLE second_opinions (
    pair_id       BLOB PRIMARY KEY REFERENCES ai_training_pairs (id) ON DELETE CASCADE,
    -- What was decided first: it follows the pair until there is a second opinion.
    first_status  TEXT NOT NULL CHECK (first_status IN ('approved', 'rejected')),
    first_by      BLOB REFERENCES users (id) ON DELETE SET NULL,
    asked_at      TEXT NOT NULL,
    second_status TEXT CHECK (second_status IN ('approved', 'rejected')),
    second_by     BLOB REFERENCES users (id) ON DELETE SET NULL,
    given_at      TEXT,
    -- Somebody has decided what holds, or has decided the pair anew since.
    settled_at    TEXT
);
CREATE INDEX idx_second_opinions_waiting ON second_opinions (asked_at, pair_id, first_by) WHERE second_status IS NULL;
CREATE INDEX idx_second_opinions_given ON second_opinions (first_status, second_status) WHERE second_status IS NOT NULL;
CREATE INDEX idx_second_opinions_open ON second_opinions (given_at, pair_id)
  WHERE second_status <> first_status AND settled_at IS NULL;

-- Whatever statement decides a pair: a share of those that were new wait for a second opinion.
CREATE TRIGGER opinions_decided AFTER UPDATE OF status ON ai_training_pairs
  WHEN old.status = 'new' AND new.status <> 'new' AND new.decided_by IS NOT NULL BEGIN
    INSERT INTO second_opinions (pair_id, first_status, first_by, asked_at)
      SELECT new.id, new.status, new.decided_by, new.decided_at
      WHERE abs(random() % 100) < COALESCE(
        (SELECT CAST(value AS INTEGER) FROM system_values WHERE key = 'second_opinion_share'), 0)
      ON CONFLICT (pair_id) DO NOTHING;
END;
CREATE TRIGGER opinions_changed AFTER UPDATE OF status ON ai_training_pairs
  WHEN old.status <> 'new' AND new.status <> old.status BEGIN
    DELETE FROM second_opinions WHERE pair_id = new.id AND second_status IS NULL AND new.status = 'new';
    UPDATE second_opinions SET first_status = new.status, first_by = new.decided_by
      WHERE pair_id = new.id AND second_status IS NULL AND new.status <> 'new';
    UPDATE second_opinions SET settled_at = new.updated_at
      WHERE pair_id = new.id AND second_status IS NOT NULL AND settled_at IS NULL;
END;
