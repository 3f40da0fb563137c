//! Schedules: five-field cron in a time zone, or every so many seconds; what was missed is caught up as each asks.
//!
//! Daylight saving follows croner: a local time that does not exist runs at the first instant after the gap, one that exists
//! twice runs once (fixed times) or in both (wildcards).
//!
//! Many schedules name the same second. Each fires a little after its slot, within a window and always at the same place in
//! it, which its id decides ([`spread`]); what the run is told stays the slot.

use std::str::FromStr;
use std::time::Duration;

use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};
use jiff::tz::TimeZone;
use millrace_clock::Timestamp;
use millrace_db::{DbError, Row, Sql, Tx, sql};
use millrace_ids::TenantId;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::limits::{CATCH_UP_SLOTS, SCHEDULE_GRACE, SCHEDULE_SPREAD_MAX};
use crate::store::Rows;

/// A text that is no schedule, or a zone that is not known.
#[derive(Debug, thiserror::Error)]
pub enum ScheduleError {
    /// Not a five-field cron expression.
    #[error("`{text}` is not a cron expression: {reason}")]
    Cron {
        /// The text.
        text: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Not an IANA zone.
    #[error("`{0}` is not a known time zone; write an IANA name such as Europe/Berlin")]
    Zone(String),
    /// The expression never comes true.
    #[error("`{0}` never happens")]
    Never(String),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// When a schedule fires.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Spec {
    /// Five fields: minute, hour, day of month, month, day of week.
    Cron(String),
    /// Every so many seconds, at least 60.
    Every(i64),
}

/// What to do about slots that passed while nothing could fire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CatchUp {
    /// Forget them.
    Skip,
    /// Run once for the latest.
    Latest,
    /// Run once for each, up to a hundred.
    All,
}

impl CatchUp {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Skip => "skip",
            Self::Latest => "latest",
            Self::All => "all",
        }
    }
}

impl FromStr for CatchUp {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        [Self::Skip, Self::Latest, Self::All].into_iter().find(|c| c.as_str() == text).ok_or_else(|| format!("`{text}` is not a catch-up policy"))
    }
}

/// One stored schedule.
#[derive(Debug, Clone)]
pub struct Schedule {
    /// Its id (a trigger's).
    pub id: String,
    /// Whose it is.
    pub tenant: TenantId,
    /// What it starts (an installation's id).
    pub subject: String,
    /// When it fires.
    pub spec: Spec,
    /// The zone in which cron fields are read; an IANA name.
    pub timezone: String,
    /// What to do about missed slots.
    pub catch_up: CatchUp,
    /// The next slot.
    pub next_at: Option<Timestamp>,
}

/// Checks a cron expression and zone.
///
/// # Errors
/// One of them is not valid.
pub fn parse(cron: &str, timezone: &str) -> Result<(Cron, TimeZone), ScheduleError> {
    let refused = |reason: String| ScheduleError::Cron { text: cron.to_owned(), reason };
    let fields = cron.split_whitespace().count();
    if fields != 5 {
        return Err(refused(format!("it has {fields} fields, 5 are needed")));
    }
    // The parser takes `,` for a list of nothing: it would look for a slot through thousands of years, for more than a second.
    if cron.split_whitespace().any(|field| field.split(',').any(str::is_empty)) {
        return Err(refused("a list has an empty place".to_owned()));
    }
    let parser = CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build();
    let parsed = parser.parse(cron).map_err(|e| refused(e.to_string()))?;
    let zone = TimeZone::get(timezone).map_err(|_| ScheduleError::Zone(timezone.to_owned()))?;
    Ok((parsed, zone))
}

impl Spec {
    /// The first slot after `after`.
    ///
    /// # Errors
    /// The expression or zone is not valid, or never comes true.
    pub fn next(&self, timezone: &str, after: Timestamp) -> Result<Timestamp, ScheduleError> {
        match self {
            Self::Every(seconds) => Ok(after.plus(std::time::Duration::from_secs(u64::try_from((*seconds).max(1)).unwrap_or(60)))),
            Self::Cron(text) => {
                let (cron, zone) = parse(text, timezone)?;
                let from = after.to_jiff().to_zoned(zone);
                let next = cron.find_next_occurrence(&from, false).map_err(|_| ScheduleError::Never(text.clone()))?;
                Ok(Timestamp::from_jiff(next.timestamp()))
            }
        }
    }
}

/// How long after its slots a schedule fires: never before them, always within `window`, the same for the same id. Intervals
/// begin when somebody made them, which spreads them by itself. Pure.
pub fn spread(id: &str, spec: &Spec, window: Duration) -> Duration {
    let window = u64::try_from(window.min(SCHEDULE_SPREAD_MAX).as_micros()).unwrap_or(0);
    if window == 0 || matches!(spec, Spec::Every(_)) {
        return Duration::ZERO;
    }
    let hash = Sha256::digest(id.as_bytes());
    let number = hash.iter().take(8).fold(0_u64, |n, byte| (n << 8) | u64::from(*byte));
    Duration::from_micros(number % window)
}

/// What a due schedule starts now, and its next slot. A pure function of the schedule, its spread and the time.
///
/// # Errors
/// The expression or zone is not valid any more.
pub fn due_slots(schedule: &Schedule, spread: Duration, now: Timestamp) -> Result<(Vec<Timestamp>, Timestamp), ScheduleError> {
    let now = now.minus(spread);
    let Some(first) = schedule.next_at else {
        return Ok((Vec::new(), schedule.spec.next(&schedule.timezone, now)?));
    };
    let mut slots = Vec::new();
    let mut at = first;
    while at <= now {
        slots.push(at);
        if slots.len() > CATCH_UP_SLOTS {
            slots.remove(0);
        }
        let next = schedule.spec.next(&schedule.timezone, at)?;
        // A long-missed interval is not walked second by second.
        at = match schedule.spec {
            Spec::Every(s) if schedule.catch_up != CatchUp::All => {
                let step = s.max(1) * 1_000_000;
                let missed = (now.micros() - at.micros()) / step;
                let latest = Timestamp::from_micros(at.micros() + missed * step);
                slots = vec![latest];
                Timestamp::from_micros(latest.micros() + step)
            }
            _ => next,
        };
    }
    let slots = match schedule.catch_up {
        CatchUp::All => slots,
        CatchUp::Latest => slots.pop().into_iter().collect(),
        CatchUp::Skip => slots.pop().filter(|s| now.since(*s) <= SCHEDULE_GRACE).into_iter().collect(),
    };
    Ok((slots, at))
}

const PUT: &str = "INSERT INTO schedules (id, tenant_id, subject, cron, every_s, timezone, catch_up, next_at, spread_us) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) \
    ON CONFLICT (id) DO UPDATE SET cron = $4, every_s = $5, timezone = $6, catch_up = $7, next_at = $8, spread_us = $9";
const REMOVE: &str = "DELETE FROM schedules WHERE tenant_id = $1 AND subject = $2";
/// On PostgreSQL the rows stay locked until they are moved, so that several schedulers share a crowd instead of each starting all.
pub(crate) const DUE: Sql = Sql::pair(
    "SELECT * FROM schedules WHERE next_at IS NOT NULL AND next_at + spread_us <= $1 ORDER BY next_at + spread_us LIMIT $2",
    // A sum may fail, so under row-level security it finds no rows by an index: the slot itself does, and leaves those of a window.
    "SELECT * FROM schedules WHERE next_at IS NOT NULL AND next_at <= $1 AND next_at + spread_us <= $1 ORDER BY next_at + spread_us LIMIT $2 FOR UPDATE SKIP LOCKED",
);
/// Compare-and-set: of several schedulers that see a slot, one moves it.
const ADVANCE: Sql = Sql::pair(
    "UPDATE schedules SET next_at = u.next_at, spread_us = u.spread_us, last_at = $2 \
     FROM (SELECT value->>'id' AS id, value->>'next_at' AS next_at, value->>'spread_us' AS spread_us, value->>'was' AS was FROM json_each($1)) AS u \
     WHERE schedules.id = u.id AND schedules.next_at = u.was",
    "UPDATE schedules SET next_at = u.next_at, spread_us = u.spread_us, last_at = $2 \
     FROM json_to_recordset($1::json) AS u(id text, next_at bigint, spread_us bigint, was bigint) \
     WHERE schedules.id = u.id AND schedules.next_at = u.was AND schedules.id = ANY(ARRAY(SELECT row->>'id' FROM json_array_elements($1::json) AS row))",
);

/// A schedule whose time has come.
#[derive(Debug)]
pub(crate) struct Due {
    pub(crate) schedule: Schedule,
    /// How long after its slot it fires this time.
    pub(crate) spread: Duration,
}

/// A schedule that has fired.
#[derive(Debug)]
pub(crate) struct Fired {
    pub(crate) id: String,
    /// The slot it was due for.
    pub(crate) was: Option<Timestamp>,
    /// Its next one; none if it cannot fire any more.
    pub(crate) next: Option<Timestamp>,
    /// How long after the next slot it fires.
    pub(crate) spread: Duration,
}

/// Stores a schedule; its first slot is the next one after `now`. `window` is what [`spread`] takes.
///
/// # Errors
/// The expression or zone is not valid, or the database failed.
pub async fn put(tx: &mut Tx, schedule: &Schedule, window: Duration, now: Timestamp) -> Result<Timestamp, ScheduleError> {
    let next = schedule.spec.next(&schedule.timezone, now)?;
    let (cron, every) = match &schedule.spec {
        Spec::Cron(text) => (Some(text.as_str()), None),
        Spec::Every(seconds) => (None, Some(*seconds)),
    };
    let after = micros(spread(&schedule.id, &schedule.spec, window));
    let q = sql(PUT).bind(&schedule.id).bind(schedule.tenant.as_str()).bind(&schedule.subject).bind(cron).bind(every);
    tx.execute(q.bind(&schedule.timezone).bind(schedule.catch_up.as_str()).bind(next).bind(after)).await?;
    Ok(next)
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

/// Removes all schedules of a subject.
///
/// # Errors
/// The database failed.
pub async fn remove_subject(tx: &mut Tx, tenant: &TenantId, subject: &str) -> Result<(), DbError> {
    tx.execute(sql(REMOVE).bind(tenant.as_str()).bind(subject)).await?;
    Ok(())
}

pub(crate) async fn due(tx: &mut Tx, now: Timestamp, limit: u32) -> Result<Vec<Due>, DbError> {
    tx.all(sql(DUE).bind(now).bind(limit)).await?.iter().map(from_row).collect()
}

pub(crate) async fn advance(tx: &mut Tx, fired: &[Fired], now: Timestamp) -> Result<(), DbError> {
    let mut rows = Rows::default();
    for f in fired {
        rows.push(json!({ "id": f.id, "was": f.was.map(Timestamp::micros), "next_at": f.next.map(Timestamp::micros), "spread_us": micros(f.spread) }));
    }
    rows.write_at(tx, ADVANCE, now).await?;
    Ok(())
}

fn from_row(row: &Row) -> Result<Due, DbError> {
    let cron: Option<String> = row.get("cron")?;
    let schedule = Schedule {
        id: row.get("id")?,
        tenant: row.get("tenant_id")?,
        subject: row.get("subject")?,
        spec: match cron {
            Some(text) => Spec::Cron(text),
            None => Spec::Every(row.get::<Option<i64>>("every_s")?.unwrap_or(60)),
        },
        timezone: row.get("timezone")?,
        catch_up: row.parse("catch_up")?,
        next_at: row.time_opt("next_at")?,
    };
    Ok(Due { schedule, spread: Duration::from_micros(u64::try_from(row.get::<i64>("spread_us")?).unwrap_or(0)) })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    fn schedule(cron: &str, zone: &str, catch_up: CatchUp, next: &str) -> Schedule {
        Schedule {
            id: "trg_x".into(),
            tenant: TenantId::generate(),
            subject: "inst_x".into(),
            spec: Spec::Cron(cron.into()),
            timezone: zone.into(),
            catch_up,
            next_at: Some(at(next)),
        }
    }

    #[test]
    fn cron_follows_the_zone_through_daylight_saving() {
        let spec = Spec::Cron("0 9 * * *".into());
        assert_eq!(spec.next("Europe/Berlin", at("2026-03-28T09:00:00Z")).unwrap(), at("2026-03-29T07:00:00Z"));
        assert_eq!(spec.next("Europe/Berlin", at("2026-10-24T09:00:00Z")).unwrap(), at("2026-10-25T08:00:00Z"));
        // 02:30 does not exist on 29 March 2026 in Berlin; it still runs that day, once.
        let gap = Spec::Cron("30 2 * * *".into());
        let run = gap.next("Europe/Berlin", at("2026-03-28T12:00:00Z")).unwrap();
        assert!(run >= at("2026-03-29T01:00:00Z") && run <= at("2026-03-29T01:30:00Z"), "{run}");
        assert_eq!(gap.next("Europe/Berlin", run).unwrap(), at("2026-03-30T00:30:00Z"));
        // 02:30 exists twice on 25 October 2026; a fixed time runs once.
        let first = gap.next("Europe/Berlin", at("2026-10-24T12:00:00Z")).unwrap();
        assert_eq!(first, at("2026-10-25T00:30:00Z"));
        assert_eq!(gap.next("Europe/Berlin", first).unwrap(), at("2026-10-26T01:30:00Z"));
    }

    #[test]
    fn catch_up_is_as_asked() {
        let now = at("2026-01-05T12:30:00Z");
        let slots = |policy| due_slots(&schedule("0 * * * *", "UTC", policy, "2026-01-05T09:00:00Z"), Duration::ZERO, now).unwrap();
        let next = at("2026-01-05T13:00:00Z");
        assert_eq!(slots(CatchUp::Skip), (vec![], next));
        assert_eq!(slots(CatchUp::Latest), (vec![at("2026-01-05T12:00:00Z")], next));
        assert_eq!(slots(CatchUp::All).0.len(), 4);
        // A look a second late is not a missed slot.
        let on_time = due_slots(&schedule("0 * * * *", "UTC", CatchUp::Skip, "2026-01-05T12:00:00Z"), Duration::ZERO, at("2026-01-05T12:00:01Z")).unwrap();
        assert_eq!(on_time.0, vec![at("2026-01-05T12:00:00Z")]);
    }

    #[test]
    fn intervals_do_not_walk_every_missed_step() {
        let mut s = schedule("* * * * *", "UTC", CatchUp::Latest, "2020-01-01T00:00:00Z");
        s.spec = Spec::Every(60);
        let (slots, next) = due_slots(&s, Duration::ZERO, at("2026-01-01T00:00:30Z")).unwrap();
        assert_eq!(slots, vec![at("2026-01-01T00:00:00Z")]);
        assert_eq!(next, at("2026-01-01T00:01:00Z"));
    }

    #[test]
    fn a_spread_is_never_early_always_within_its_window_and_always_the_same() {
        let cron = Spec::Cron("0 * * * *".into());
        let window = Duration::from_secs(10);
        let all: Vec<Duration> = (0..2_000).map(|n| spread(&format!("trg_{n}"), &cron, window)).collect();
        assert!(all.iter().all(|s| *s < window));
        for second in 0..10 {
            let there = all.iter().filter(|s| s.as_secs() == second).count();
            assert!((140..=260).contains(&there), "{there} of 2000 in second {second}");
        }
        assert_eq!(spread("trg_7", &cron, window), all[7]);
        assert_eq!(spread("trg_7", &cron, Duration::ZERO), Duration::ZERO);
        assert_eq!(spread("trg_7", &Spec::Every(60), window), Duration::ZERO);
        assert!(spread("trg_7", &cron, Duration::from_secs(86_400)) < SCHEDULE_SPREAD_MAX);
    }

    #[test]
    fn a_slot_is_due_when_its_spread_has_passed() {
        let s = schedule("0 * * * *", "UTC", CatchUp::Skip, "2026-01-05T12:00:00Z");
        let slots = |now| due_slots(&s, Duration::from_secs(7), at(now)).unwrap().0;
        assert_eq!(slots("2026-01-05T12:00:06Z"), vec![]);
        assert_eq!(slots("2026-01-05T12:00:07Z"), vec![at("2026-01-05T12:00:00Z")]);
        assert_eq!(slots("2026-01-05T12:01:05Z"), vec![at("2026-01-05T12:00:00Z")], "not missed: it was due a moment ago");
    }

    #[test]
    fn nonsense_is_refused_with_a_reason() {
        assert!(parse("* * * *", "UTC").unwrap_err().to_string().contains("4 fields"));
        assert!(parse("61 * * * *", "UTC").is_err());
        for empty in ["30 , * * *", ", 0 * * 5#3", "0 1,,2 * * *", "0 0 * * 1,"] {
            assert!(parse(empty, "UTC").unwrap_err().to_string().contains("empty place"), "{empty}");
        }
        assert!(parse("* * * * *", "Mars/Olympus").unwrap_err().to_string().contains("IANA"));
        assert!(Spec::Cron("0 0 30 2 *".into()).next("UTC", at("2026-01-01T00:00:00Z")).is_err());
    }
}
