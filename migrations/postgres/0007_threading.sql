-- Mail without thread ids finds its thread in the database, not in a list of all mail. The other folder has the same.

-- Answers that lost their ids are found by their subject without answer prefixes: a key of it (src/mail/threading.rs).
ALTER TABLE emails_messages ADD COLUMN subject_key BIGINT;
ALTER TABLE emails_messages ADD COLUMN lost_its_ids BOOLEAN NOT NULL DEFAULT FALSE;
CREATE INDEX idx_emails_messages_subject_key ON emails_messages (integration_account_id, subject_key)
    WHERE subject_key IS NOT NULL;
CREATE INDEX idx_emails_messages_lost_its_ids ON emails_messages (integration_account_id, subject_key) WHERE lost_its_ids;
-- Whether the messages of an account that were stored before have theirs: filled in when the next one comes without a thread id.
ALTER TABLE integrations_accounts ADD COLUMN subjects_noted BOOLEAN NOT NULL DEFAULT TRUE;
UPDATE integrations_accounts SET subjects_noted = FALSE;
