-- Row-level security is PostgreSQL's; an embedded file is served by one process.
SELECT 1;
