-- Mail that bears our address and that we did not send. The other folder has the same columns.

-- Whether the mailbox has a folder of sent mail that we keep: what bears our address and is not in it is doubted.
ALTER TABLE integrations_accounts ADD COLUMN keeps_sent BOOLEAN NOT NULL DEFAULT FALSE;
UPDATE integrations_accounts SET keeps_sent = TRUE
WHERE provider_id IN (SELECT id FROM integrations_providers WHERE code = 'gmail');

-- A person says that we sent it, whatever else speaks against that.
ALTER TABLE emails_messages ADD COLUMN confirmed_ours BOOLEAN NOT NULL DEFAULT FALSE;
