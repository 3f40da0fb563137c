-- The version of the program that a node runs, for whoever looks after several of them. NULL: a node of a release that did not say.
ALTER TABLE nodes ADD COLUMN version TEXT;
