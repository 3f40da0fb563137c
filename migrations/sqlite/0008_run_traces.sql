-- Where a run belongs in a trace (W3C Trace Context), so that every node that performs it continues the same one. Written only
-- while traces are on. A table of its own: a column more in `runs` would break the prepared `SELECT *` of the version before.

CREATE TABLE run_traces (
  run_id      TEXT PRIMARY KEY,
  traceparent TEXT NOT NULL
) STRICT, WITHOUT ROWID;
