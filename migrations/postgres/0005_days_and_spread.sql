-- Journals and logs lie in one table a day, so that forgetting drops files instead of deleting rows (docs/decisions/0007);
-- schedules that are due at the same second start spread over a window.
-- kept-for-the-release-before: journal and run_logs have the same names, columns and keys afterwards

-- How long after its slot a schedule fires; the same at every slot. A version that does not know it writes 0: at once.
ALTER TABLE schedules ADD COLUMN spread_us BIGINT NOT NULL DEFAULT 0;
CREATE INDEX schedules_fire ON schedules ((next_at + spread_us)) WHERE next_at IS NOT NULL;

-- The least id of a run accepted at this instant: ids carry their milliseconds in their first ten characters, base32.
CREATE OR REPLACE FUNCTION run_id_at(ms BIGINT) RETURNS TEXT LANGUAGE sql IMMUTABLE AS $$
  SELECT 'run_' || string_agg(substr('0123456789abcdefghjkmnpqrstvwxyz', ((ms >> (45 - 5 * i)) & 31)::int + 1, 1), '' ORDER BY i) FROM generate_series(0, 9) AS i
$$;

-- Makes the tables of the day of `from_ms` and of as many days after it. A day whose rows already lie elsewhere is left out.
CREATE OR REPLACE FUNCTION run_days_make(from_ms BIGINT, days BIGINT) RETURNS BIGINT LANGUAGE plpgsql AS $$
DECLARE
  day_ms BIGINT;
  parent TEXT;
  part TEXT;
  made BIGINT := 0;
BEGIN
  FOR i IN 0 .. days LOOP
    day_ms := (from_ms / 86400000 + i) * 86400000;
    FOREACH parent IN ARRAY ARRAY['journal', 'run_logs'] LOOP
      part := parent || '_' || to_char(to_timestamp(day_ms / 1000) AT TIME ZONE 'UTC', 'YYYYMMDD');
      CONTINUE WHEN to_regclass(part) IS NOT NULL;
      BEGIN
        EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL)', part, parent);
        -- Attaching an empty table does not wait for readers or writers of the others.
        EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', parent, part, run_id_at(day_ms), run_id_at(day_ms + 86400000));
        made := made + 1;
      -- Rows of it lie elsewhere, or another node is making it.
      EXCEPTION WHEN check_violation OR invalid_object_definition OR duplicate_table OR unique_violation OR lock_not_available OR deadlock_detected THEN
        NULL;
      END;
    END LOOP;
  END LOOP;
  RETURN made;
END $$;

-- Drops the tables of days before `before_ms` from which no run is left.
CREATE OR REPLACE FUNCTION run_days_drop(before_ms BIGINT) RETURNS BIGINT LANGUAGE plpgsql AS $$
DECLARE
  day RECORD;
  dropped BIGINT := 0;
BEGIN
  FOR day IN
    SELECT i.inhparent::regclass AS parent, c.oid::regclass::text AS part,
      COALESCE(substring(pg_get_expr(c.relpartbound, c.oid) FROM 'FROM \(''([^'']+)''\)'), '') AS low,
      substring(pg_get_expr(c.relpartbound, c.oid) FROM 'TO \(''([^'']+)''\)') AS high
    FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent IN ('journal'::regclass, 'run_logs'::regclass)
  LOOP
    CONTINUE WHEN day.high IS NULL OR day.high COLLATE "C" > run_id_at(before_ms) COLLATE "C";
    CONTINUE WHEN EXISTS (SELECT 1 FROM runs WHERE id >= day.low COLLATE "C" AND id < day.high COLLATE "C");
    BEGIN
      -- In the order in which writers lock; looked at again under the lock, behind which nobody writes.
      EXECUTE format('LOCK TABLE ONLY %s IN ACCESS EXCLUSIVE MODE', day.parent);
      IF NOT EXISTS (SELECT 1 FROM runs WHERE id >= day.low COLLATE "C" AND id < day.high COLLATE "C") THEN
        EXECUTE format('DROP TABLE IF EXISTS %s', day.part);
        dropped := dropped + 1;
      END IF;
    EXCEPTION WHEN lock_not_available OR deadlock_detected THEN
      NULL;
    END;
  END LOOP;
  RETURN dropped;
END $$;

-- The present tables become the part for everything up to now; new ones take their names. Statements stay as they are.
DO $$
DECLARE
  parent TEXT;
  filled BOOLEAN;
  high TEXT;
BEGIN
  FOREACH parent IN ARRAY ARRAY['journal', 'run_logs'] LOOP
    EXECUTE format('ALTER TABLE %I RENAME TO %I', parent, parent || '_before');
    EXECUTE format('ALTER INDEX %I RENAME TO %I', parent || '_pkey', parent || '_before_pkey');
    EXECUTE format('CREATE TABLE %I (LIKE %I) PARTITION BY RANGE (run_id)', parent, parent || '_before');
    EXECUTE format('ALTER TABLE %I ADD PRIMARY KEY (run_id, %s)', parent, CASE parent WHEN 'journal' THEN 'generation, pos' ELSE 'n' END);
    -- Whatever no day takes, because nobody was there to make one or a clock was wrong. Normally empty.
    EXECUTE format('CREATE TABLE %I PARTITION OF %I DEFAULT', parent || '_other', parent);
    EXECUTE format('SELECT EXISTS (SELECT 1 FROM %I)', parent || '_before') INTO filled;
    IF filled THEN
      EXECUTE format('SELECT max(run_id) || ''~'' FROM %I', parent || '_before') INTO high;
      high := GREATEST(high COLLATE "C", run_id_at((floor(extract(epoch FROM now()) / 86400)::bigint + 1) * 86400000) COLLATE "C");
      EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (MINVALUE) TO (%L)', parent, parent || '_before', high);
    ELSE
      EXECUTE format('DROP TABLE %I', parent || '_before');
    END IF;
  END LOOP;
END $$;

SELECT run_days_make(floor(extract(epoch FROM now()) * 1000)::bigint, 2);
