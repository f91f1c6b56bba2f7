-- PostgreSQL's index finds the beginnings of words as it is: the other folder has something to do here.
SELECT 1;
