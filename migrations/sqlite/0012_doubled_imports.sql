-- Mail that was imported from two exports of one mailbox was stored twice where the exports differed in labels and flags alone. Such
-- doubles become one message with the labels of the later export. The one that stays is the one that a pair refers to, else the older
-- one; where pairs refer to several, they stay: pairing takes them for copies. The other folder has the same.
CREATE TEMPORARY TABLE doubled_imports AS
SELECT found.id, found.integration_account_id, found.thread_id, found.is_paired,
       FIRST_VALUE(found.id) OVER (PARTITION BY found.integration_account_id, found.internet_message_id, found.sent_at,
         found.from_address, found.to_addresses, found.reply_to_addresses, found.subject, found.body_text, found.body_html
         ORDER BY found.is_paired DESC, found.created_at, found.id) AS kept_id,
       ROW_NUMBER() OVER (PARTITION BY found.integration_account_id, found.internet_message_id, found.sent_at,
         found.from_address, found.to_addresses, found.reply_to_addresses, found.subject, found.body_text, found.body_html
         ORDER BY found.created_at DESC, found.id DESC) AS newest
FROM (SELECT m.id, m.integration_account_id, m.thread_id, m.internet_message_id, m.sent_at, m.from_address,
             CAST(m.to_addresses AS TEXT) AS to_addresses, CAST(m.reply_to_addresses AS TEXT) AS reply_to_addresses,
             m.subject, m.body_text, m.body_html, m.created_at,
             CASE WHEN m.confirmed_ours OR EXISTS (SELECT 1 FROM ai_training_pairs p
               WHERE p.client_message_id = m.id OR p.our_reply_message_id = m.id) THEN 1 ELSE 0 END AS is_paired
      FROM emails_messages m
      JOIN integrations_accounts a ON a.id = m.integration_account_id
      JOIN integrations_providers v ON v.id = a.provider_id
      WHERE v.code = 'mbox' AND m.internet_message_id IS NOT NULL) found;

UPDATE emails_messages SET labels = (
    SELECT later.labels FROM doubled_imports d JOIN emails_messages later ON later.id = d.id
    WHERE d.kept_id = emails_messages.id AND d.newest = 1)
WHERE id IN (SELECT kept_id FROM doubled_imports WHERE id <> kept_id)
  AND EXISTS (SELECT 1 FROM doubled_imports d JOIN emails_messages later ON later.id = d.id
    WHERE d.kept_id = emails_messages.id AND d.newest = 1 AND CAST(later.labels AS TEXT) <> '[]');

INSERT INTO threads_to_pair (integration_account_id, thread_id)
SELECT DISTINCT integration_account_id, thread_id FROM doubled_imports WHERE id <> kept_id
ON CONFLICT (integration_account_id, thread_id) DO NOTHING;

DELETE FROM emails_messages WHERE id IN (SELECT id FROM doubled_imports WHERE id <> kept_id AND is_paired = 0);

DROP TABLE doubled_imports;
