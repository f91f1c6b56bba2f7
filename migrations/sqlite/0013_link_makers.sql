-- Who made a link: it ends with what its maker may do. Links of before have no maker, and end by their time. The other folder has the same.
ALTER TABLE access_links ADD COLUMN made_by BLOB REFERENCES users (id) ON DELETE SET NULL;
