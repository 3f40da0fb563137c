-- Row-level security (docs/decisions/0016): tables of days that are made from now on are guarded when what they are parts of is.
-- Policies themselves follow the catalog and are made by the binary (crates/db, row_security). A database that was made by a
-- release before stays as it is until `millrace row-security on`.

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
        -- Workspaces ask the table it is a part of; by itself it is the platform's.
        IF (SELECT relforcerowsecurity FROM pg_class WHERE oid = parent::regclass) THEN
          EXECUTE format('CREATE POLICY millrace_tenant ON %I USING ((SELECT current_setting(''millrace.tenant'', true) = ''*''))', part);
          EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', part);
        END IF;
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
