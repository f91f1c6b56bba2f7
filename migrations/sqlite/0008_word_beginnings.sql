-- A search for three letters that begin many words read the list of every such word; now those lists are kept joined.

DROP TABLE emails_thread_words;
CREATE VIRTUAL TABLE emails_thread_words USING fts5
    (words, content = '', contentless_delete = 1, detail = 'none', tokenize = 'ascii', prefix = '3');
-- The worker notes the words of every thread anew.
UPDATE emails_threads SET words_mark = NULL;
-- A transaction leaves a segment of its own, and four of a size are merged into one: most of what writing costs. Eight are nearly as
-- fast to search, and a word is written again half as often.
INSERT INTO emails_thread_words (emails_thread_words, rank) VALUES ('automerge', 8);
