-- Words are folded further: ł is l, ø is o. What was noted before is noted anew by the worker. The PostgreSQL file beside this one makes the
-- same changes.
UPDATE emails_threads SET words_mark = NULL;
INSERT INTO pairs_to_note (pair_id, soon) SELECT id, FALSE FROM ai_training_pairs WHERE TRUE ON CONFLICT (pair_id) DO NOTHING;
