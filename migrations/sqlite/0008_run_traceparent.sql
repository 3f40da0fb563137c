-- Where a run belongs in a trace (W3C Trace Context), so that every node that performs it continues the same one.
-- NULL where tracing is off, and for runs of the version before.

ALTER TABLE runs ADD COLUMN traceparent TEXT;
