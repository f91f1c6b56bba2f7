-- Many pairs are tagged and given to people at once; how each pair was decided last is kept. The PostgreSQL file beside this one makes the
-- same changes.

-- Of a bulk act that decides nothing, `decision` is 'tag', 'untag' or 'assign'. The tag or the person may be gone by now: `about` is what
-- they were called. A person is NULL where the pairs are given to nobody.
ALTER TABLE bulk_decisions ADD COLUMN tag_id BLOB;
ALTER TABLE bulk_decisions ADD COLUMN assign_to BLOB;
ALTER TABLE bulk_decisions ADD COLUMN about TEXT;

-- Whose a pair was; `was_by` and `was_at` then say who had given it to them, or had put the tag there.
ALTER TABLE bulk_decision_pairs ADD COLUMN was_user BLOB REFERENCES users (id) ON DELETE SET NULL;
ALTER TABLE review_step_pairs ADD COLUMN was_user BLOB REFERENCES users (id) ON DELETE SET NULL;
CREATE INDEX idx_bulk_decision_pairs_user ON bulk_decision_pairs (was_user) WHERE was_user IS NOT NULL;
CREATE INDEX idx_review_step_pairs_user ON review_step_pairs (was_user) WHERE was_user IS NOT NULL;

-- A step that gave pairs to somebody; to nobody where `assigned_to` is NULL.
ALTER TABLE review_steps ADD COLUMN assigned BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE review_steps ADD COLUMN assigned_to BLOB;

-- How a pair was decided last: 'one', 'group', 'picked', 'bulk', 'rule' or 'opinion'. NULL: it is new, or was decided before this was kept
-- and alone.
ALTER TABLE ai_training_pairs ADD COLUMN decided_how TEXT;
ALTER TABLE bulk_decision_pairs ADD COLUMN was_how TEXT;
ALTER TABLE review_step_pairs ADD COLUMN was_how TEXT;
UPDATE ai_training_pairs SET decided_how = (
    SELECT CASE WHEN b.rule_id IS NULL THEN 'bulk' ELSE 'rule' END FROM bulk_decision_pairs p
    JOIN bulk_decisions b ON b.id = p.bulk_id WHERE p.pair_id = ai_training_pairs.id AND p.at = ai_training_pairs.decided_at LIMIT 1)
WHERE decided_at IS NOT NULL;
-- What one person decided at one moment was decided together.
UPDATE ai_training_pairs SET decided_how = 'group' WHERE decided_how IS NULL AND group_id IS NOT NULL AND EXISTS (
    SELECT 1 FROM ai_training_pairs o WHERE o.decided_at = ai_training_pairs.decided_at AND o.decided_by = ai_training_pairs.decided_by
      AND o.group_id = ai_training_pairs.group_id AND o.id <> ai_training_pairs.id);
UPDATE ai_training_pairs SET decided_how = 'picked' WHERE decided_how IS NULL AND EXISTS (
    SELECT 1 FROM ai_training_pairs o WHERE o.decided_at = ai_training_pairs.decided_at AND o.decided_by = ai_training_pairs.decided_by
      AND o.id <> ai_training_pairs.id);
UPDATE ai_training_pairs SET decided_how = 'opinion' WHERE decided_at IS NOT NULL AND EXISTS (
    SELECT 1 FROM second_opinions o WHERE o.pair_id = ai_training_pairs.id AND o.given_at IS NOT NULL
      AND ((o.second_status = ai_training_pairs.status AND o.first_status = o.second_status AND o.given_at >= ai_training_pairs.decided_at)
        OR (o.settled_at IS NOT NULL AND o.settled_at >= ai_training_pairs.decided_at AND o.first_status <> o.second_status)));

-- What the approved pairs of each account rest on is counted beside their status.
INSERT INTO account_counts SELECT integration_account_id, CASE WHEN edited AND COALESCE(decided_how, 'one') = 'one' THEN 'approved_edited' ELSE 'approved_' || COALESCE(decided_how, 'one') END, COUNT(*)
FROM ai_training_pairs WHERE status = 'approved' GROUP BY 1, 2;
CREATE TRIGGER count_basis_in AFTER INSERT ON ai_training_pairs WHEN new.status = 'approved' BEGIN
    INSERT INTO account_counts (integration_account_id, what, number)
        VALUES (new.integration_account_id, CASE WHEN new.edited AND COALESCE(new.decided_how, 'one') = 'one' THEN 'approved_edited' ELSE 'approved_' || COALESCE(new.decided_how, 'one') END, 1)
        ON CONFLICT (integration_account_id, what) DO UPDATE SET number = number + excluded.number;
END;
CREATE TRIGGER count_basis_out AFTER DELETE ON ai_training_pairs WHEN old.status = 'approved' BEGIN
    INSERT INTO account_counts (integration_account_id, what, number)
        VALUES (old.integration_account_id, CASE WHEN old.edited AND COALESCE(old.decided_how, 'one') = 'one' THEN 'approved_edited' ELSE 'approved_' || COALESCE(old.decided_how, 'one') END, -1)
        ON CONFLICT (integration_account_id, what) DO UPDATE SET number = number + excluded.number;
END;
CREATE TRIGGER count_basis_changed AFTER UPDATE OF integration_account_id, status, edited, decided_how ON ai_training_pairs
  WHEN old.status = 'approved' OR new.status = 'approved' BEGIN
    INSERT INTO account_counts (integration_account_id, what, number)
        SELECT old.integration_account_id, CASE WHEN old.edited AND COALESCE(old.decided_how, 'one') = 'one' THEN 'approved_edited' ELSE 'approved_' || COALESCE(old.decided_how, 'one') END, -1
        WHERE old.status = 'approved'
        ON CONFLICT (integration_account_id, what) DO UPDATE SET number = number + excluded.number;
    INSERT INTO account_counts (integration_account_id, what, number)
        SELECT new.integration_account_id, CASE WHEN new.edited AND COALESCE(new.decided_how, 'one') = 'one' THEN 'approved_edited' ELSE 'approved_' || COALESCE(new.decided_how, 'one') END, 1
        WHERE new.status = 'approved'
        ON CONFLICT (integration_account_id, what) DO UPDATE SET number = number + excluded.number;
END;

-- The tags, the people who can review, and whether there are guidelines, as every open pair offers them: a process reads them again when
-- this number is another one.
CREATE TABLE review_choices (number BIGINT NOT NULL);
INSERT INTO review_choices (number) VALUES (0);
CREATE TRIGGER review_choices_review_tags_insert AFTER INSERT ON review_tags BEGIN UPDATE review_choices SET number = number + 1; END;
CREATE TRIGGER review_choices_review_tags_update AFTER UPDATE ON review_tags BEGIN UPDATE review_choices SET number = number + 1; END;
CREATE TRIGGER review_choices_review_tags_delete AFTER DELETE ON review_tags BEGIN UPDATE review_choices SET number = number + 1; END;
CREATE TRIGGER review_choices_review_guidelines_insert AFTER INSERT ON review_guidelines BEGIN UPDATE review_choices SET number = number + 1; END;
CREATE TRIGGER review_choices_review_guidelines_delete AFTER DELETE ON review_guidelines BEGIN UPDATE review_choices SET number = number + 1; END;
CREATE TRIGGER review_choices_users_insert AFTER INSERT ON users BEGIN UPDATE review_choices SET number = number + 1; END;
CREATE TRIGGER review_choices_users_update AFTER UPDATE OF email, display_name, role, active ON users BEGIN UPDATE review_choices SET number = number + 1; END;
CREATE TRIGGER review_choices_users_delete AFTER DELETE ON users BEGIN UPDATE review_choices SET number = number + 1; END;
