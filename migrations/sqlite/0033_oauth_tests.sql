-- What the last test consent of an OAuth client ended with, as JSON: which client, when, what was granted. NULL: none yet. Its
-- tokens are nowhere.
ALTER TABLE oauth_apps ADD COLUMN last_test TEXT;
