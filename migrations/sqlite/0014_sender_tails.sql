-- How some of the mails end that our own people wrote, as hashes: what many of them share is a signature. Of each sender a few of each
-- period; each goes with its message. The other folder has the same.
CREATE TABLE emails_sender_tails (
    message_id BLOB PRIMARY KEY REFERENCES emails_messages (id) ON DELETE CASCADE,
    -- Of the sender's address and name.
    sender     BIGINT NOT NULL,
    -- Which 90 days the message is of.
    period     BIGINT NOT NULL,
    -- Those with the lowest marks are kept.
    mark       BIGINT NOT NULL,
    wording    BIGINT NOT NULL,
    lines      TEXT NOT NULL
);
CREATE INDEX idx_emails_sender_tails_sender ON emails_sender_tails (sender);
-- Which of these hashes were used when the pairs of a thread were made, by message: opened later, the pairs are the same.
ALTER TABLE emails_threads ADD COLUMN habits TEXT;
