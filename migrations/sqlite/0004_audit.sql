-- The record of acts: by which way in, what a thing was called, what it was and what it became.
ALTER TABLE audit_log ADD COLUMN through TEXT;
ALTER TABLE audit_log ADD COLUMN subject_name TEXT;
ALTER TABLE audit_log ADD COLUMN was TEXT;
ALTER TABLE audit_log ADD COLUMN became TEXT;
ALTER TABLE audit_log DROP COLUMN detail;

-- Connecting is one act, whatever the provider.
UPDATE audit_log SET action = 'account_connected' WHERE action IN ('gmail_connected', 'imap_connected');
UPDATE audit_log SET action = 'account_enrolled' WHERE action = 'gmail_enrolled';
UPDATE audit_log SET action = 'account_disconnected' WHERE action IN ('gmail_disconnected', 'imap_disconnected');

-- Lists of it: the latest first, alone or by who, what and which thing.
DROP INDEX idx_audit_log_at;
CREATE INDEX idx_audit_log_at ON audit_log (at, id);
CREATE INDEX idx_audit_log_user_id ON audit_log (user_id, at, id);
CREATE INDEX idx_audit_log_action ON audit_log (action, at, id);
CREATE INDEX idx_audit_log_subject ON audit_log (subject, at, id);
