-- What was decided when, by whom, and where, is read from these alone.
CREATE INDEX idx_ai_training_pairs_decided ON ai_training_pairs (decided_at, status, decided_by, integration_account_id, edited)
  WHERE decided_at IS NOT NULL;
CREATE INDEX idx_ai_training_pairs_decided_by ON ai_training_pairs (decided_by, decided_at) WHERE decided_by IS NOT NULL;
