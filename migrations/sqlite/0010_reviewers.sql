-- A third role: reviewers read mail and decide pairs, and change nothing else. SQLite changes no CHECK, and a table that others refer
-- to is not to be made anew: a column takes the place of the other.
ALTER TABLE users ADD COLUMN new_role TEXT NOT NULL DEFAULT 'member' CHECK (new_role IN ('admin', 'reviewer', 'member'));
UPDATE users SET new_role = role;
ALTER TABLE users DROP COLUMN role;
ALTER TABLE users RENAME COLUMN new_role TO role;
