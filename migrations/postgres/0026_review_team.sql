-- The team's own tags and which pairs have them; guidelines for the review; who is to
-- review which pair. The SQLite file beside this one makes the same changes.

CREATE TABLE review_tags (
    id          UUID PRIMARY KEY,
    name        TEXT NOT NULL,
    -- The name without case: no two tags have one.
    folded      TEXT NOT NULL,
    colour      TEXT NOT NULL,
    description TEXT NOT NULL,
    shortcut    TEXT,
    position    BIGINT NOT NULL,
    retired     BOOLEAN NOT NULL,
    created_at  TIMESTAMPTZ NOT NULL,
    updated_at  TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX uq_review_tags_folded ON review_tags (folded);
CREATE UNIQUE INDEX uq_review_tags_shortcut ON review_tags (shortcut) WHERE shortcut IS NOT NULL;

CREATE TABLE pair_tags (
    pair_id   UUID NOT NULL REFERENCES ai_training_pairs (id) ON DELETE CASCADE,
    tag_id    UUID NOT NULL REFERENCES review_tags (id) ON DELETE CASCADE,
    tagged_by UUID REFERENCES users (id) ON DELETE SET NULL,
    tagged_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (pair_id, tag_id)
);
CREATE INDEX idx_pair_tags_tag ON pair_tags (tag_id, pair_id);
CREATE INDEX idx_pair_tags_by ON pair_tags (tagged_by);

-- A pair is found by its tags. One that is being deleted is noted no more.
CREATE FUNCTION pair_mark_to_note() RETURNS TRIGGER LANGUAGE plpgsql AS $$
DECLARE
    marked UUID;
BEGIN
    IF TG_OP = 'DELETE' THEN
        marked := OLD.pair_id;
    ELSE
        marked := NEW.pair_id;
    END IF;
    INSERT INTO pairs_to_note (pair_id, soon) SELECT id, TRUE FROM ai_training_pairs WHERE id = marked
    ON CONFLICT (pair_id) DO UPDATE SET soon = TRUE WHERE NOT pairs_to_note.soon;
    RETURN NULL;
END
$$;
CREATE TRIGGER pair_tags_to_note AFTER INSERT OR DELETE ON pair_tags FOR EACH ROW EXECUTE FUNCTION pair_mark_to_note();

-- A step that put a tag on pairs, or took it off: `was_by` and `was_at` of its pairs say who had put it there.
ALTER TABLE review_steps ADD COLUMN tag_id UUID REFERENCES review_tags (id) ON DELETE CASCADE;
ALTER TABLE review_steps ADD COLUMN tag_set BOOLEAN;
CREATE INDEX idx_review_steps_tag ON review_steps (tag_id);

-- What the team goes by in the review, in Markdown. Every version is kept; the one with the highest number is in force.
CREATE TABLE review_guidelines (
    number     BIGINT PRIMARY KEY,
    text       TEXT NOT NULL,
    written_by UUID REFERENCES users (id) ON DELETE SET NULL,
    written_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX idx_review_guidelines_by ON review_guidelines (written_by);

-- Who is to review a pair: advice, no lock.
CREATE TABLE pair_assignments (
    pair_id     UUID PRIMARY KEY REFERENCES ai_training_pairs (id) ON DELETE CASCADE,
    user_id     UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    assigned_by UUID REFERENCES users (id) ON DELETE SET NULL,
    assigned_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX idx_pair_assignments_user ON pair_assignments (user_id, pair_id);
CREATE INDEX idx_pair_assignments_by ON pair_assignments (assigned_by);
CREATE TRIGGER pair_assignments_to_note AFTER INSERT OR UPDATE OF user_id OR DELETE ON pair_assignments
    FOR EACH ROW EXECUTE FUNCTION pair_mark_to_note();
-- Whoever cannot review any more gives back what they have.
CREATE FUNCTION user_gives_pairs_back() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM pair_assignments WHERE user_id = NEW.id;
    RETURN NULL;
END
$$;
CREATE TRIGGER users_give_pairs_back AFTER UPDATE OF active, role ON users
    FOR EACH ROW WHEN (NOT NEW.active OR NEW.role NOT IN ('admin', 'reviewer')) EXECUTE FUNCTION user_gives_pairs_back();
