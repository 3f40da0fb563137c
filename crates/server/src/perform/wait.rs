//! Timers and events: what a waiting call waits for.

use std::time::Duration;

use millrace_clock::Timestamp;
use millrace_engine::{Outcome, WaitSpec};
use serde::Deserialize;
use serde_json::json;

/// Longest timer: what JavaScript dates can say is far more, but ten years are enough to be a mistake.
const LONGEST_MS: f64 = 10.0 * 365.0 * 86_400_000.0;

#[derive(Deserialize)]
struct TimerArgs {
    ms: Option<f64>,
    until: Option<f64>,
}

#[derive(Deserialize)]
struct EventArgs {
    name: Option<String>,
    timeout_ms: Option<f64>,
}

/// The instant `ms` after `now`, within what is sensible.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // Clamped before.
pub fn after_ms(now: Timestamp, ms: f64) -> Timestamp {
    let ms = if ms.is_finite() { ms.clamp(0.0, LONGEST_MS) } else { LONGEST_MS };
    now.plus(Duration::from_micros((ms * 1_000.0) as u64))
}

/// Whether a timer is short enough to be slept in memory. Looks at the arguments and at what never changes: the same on every replay.
pub fn is_short(args: &str, limit: Duration) -> bool {
    let limit = limit.as_secs_f64() * 1_000.0;
    limit > 0.0 && serde_json::from_str::<TimerArgs>(args).is_ok_and(|a| a.until.is_none() && a.ms.is_some_and(|ms| ms <= limit))
}

/// How long a short timer sleeps.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // Clamped before.
pub fn short_sleep(args: &str, limit: Duration) -> Duration {
    let ms = serde_json::from_str::<TimerArgs>(args).ok().and_then(|a| a.ms).unwrap_or(0.0);
    Duration::from_micros((ms.max(0.0) * 1_000.0) as u64).min(limit)
}

/// A durable timer.
#[allow(clippy::cast_possible_truncation)] // Milliseconds of a JavaScript date fit.
pub fn timer(args: &str, now: Timestamp) -> Result<WaitSpec, Outcome> {
    let args: TimerArgs = serde_json::from_str(args).map_err(|e| invalid(format!("timer: {e}")))?;
    let due = match (args.until, args.ms) {
        (Some(until), _) if until.is_finite() => Timestamp::from_millis(until as i64).min(after_ms(now, LONGEST_MS)),
        (_, Some(ms)) => after_ms(now, ms),
        _ => return Err(invalid("timer needs `ms` or `until`")),
    };
    Ok(WaitSpec { kind: "timer".into(), key: String::new(), due_at: Some(due) })
}

/// A wait for an event.
pub fn event(args: &str, now: Timestamp) -> Result<WaitSpec, Outcome> {
    let args: EventArgs = serde_json::from_str(args).map_err(|e| invalid(format!("waitForEvent: {e}")))?;
    let name = args.name.filter(|n| !n.is_empty() && !n.contains('\0')).ok_or_else(|| invalid("waitForEvent needs the event's name"))?;
    Ok(WaitSpec { kind: "event".into(), key: name, due_at: args.timeout_ms.map(|ms| after_ms(now, ms)) })
}

/// What a wait answers when its time is up.
pub fn timed_out(kind: &str) -> Outcome {
    match kind {
        "approval" => Outcome::value(json!({ "approved": false, "timed_out": true }).to_string()),
        _ => Outcome::null(),
    }
}

fn invalid(message: impl Into<String>) -> Outcome {
    Outcome::error("TypeError", "invalid_input", message)
}
