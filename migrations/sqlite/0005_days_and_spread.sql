-- Schedules that are due at the same second start spread over a window.

-- How long after its slot a schedule fires; the same at every slot. A version that does not know it writes 0: at once.
ALTER TABLE schedules ADD COLUMN spread_us INTEGER NOT NULL DEFAULT 0;
CREATE INDEX schedules_fire ON schedules ((next_at + spread_us)) WHERE next_at IS NOT NULL;
