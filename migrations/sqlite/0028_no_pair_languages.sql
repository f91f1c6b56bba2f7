-- The languages of a list are counted with everything else that it can be narrowed to.
DROP TABLE pair_languages;
