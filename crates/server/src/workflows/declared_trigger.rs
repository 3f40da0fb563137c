//! Declared triggers: what starts a workflow, as its module says it.

use millrace_engine::schedule;
use serde_json::{Map, Value};

use super::finding::Findings;
use super::limits;

/// What starts a workflow.
#[derive(Debug, Clone, PartialEq)]
pub enum DeclaredTrigger {
    /// A provider or anybody with the secret calls us.
    Webhook(DeclaredWebhook),
    /// At the times of a cron expression.
    Schedule {
        /// Five fields; may hold `{{inputs.x}}`.
        cron: String,
        /// IANA zone; may hold `{{inputs.x}}`.
        timezone: Option<String>,
        /// What to do about times that passed while nothing could run.
        catch_up: schedule::CatchUp,
    },
    /// A person or a program asks.
    Manual,
    /// Every so often.
    Poll {
        /// The service that the module says it polls.
        service: Option<String>,
        /// How often.
        interval: Interval,
    },
}

/// A webhook trigger.
#[derive(Debug, Clone, PartialEq)]
pub struct DeclaredWebhook {
    /// The service that calls; exclusive with `path`.
    pub service: Option<String>,
    /// A name of the module's own for deliveries of no known service.
    pub path: Option<String>,
    /// Wanted events; empty means all.
    pub events: Vec<String>,
    /// Members of the data that must be equal; values may hold `{{inputs.x}}`.
    pub filter: Map<String, Value>,
    /// The signing secret as the module states it; may hold `{{inputs.x}}`.
    pub secret: Option<String>,
    /// `false` only where the module says `verify: false`.
    pub verify: bool,
}

/// How often a poll runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Interval {
    /// Seconds.
    Seconds(i64),
    /// Text that holds `{{inputs.x}}` and is read per installation.
    Template(String),
}

/// Reads an interval in words: `5min`, `1hour`, `hourly`, `daily`, `5m`, `1h`, `1d`, or seconds. Never below a minute.
pub fn interval_seconds(text: &str) -> Option<i64> {
    let text = text.trim().to_ascii_lowercase();
    let seconds = match text.as_str() {
        "hourly" => 3_600,
        "daily" => 86_400,
        _ => {
            let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
            let count: i64 = text[..digits].parse().ok()?;
            let unit = match text[digits..].trim() {
                "" | "s" | "sec" => 1,
                "m" | "min" => 60,
                "h" | "hour" | "hours" => 3_600,
                "d" | "day" | "days" => 86_400,
                _ => return None,
            };
            count.checked_mul(unit).filter(|s| *s > 0)?
        }
    };
    Some(seconds.max(limits::POLL_SECONDS))
}

impl DeclaredTrigger {
    /// The word for it in rows, runs and the API.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Webhook(_) => "webhook",
            Self::Schedule { .. } => "schedule",
            Self::Manual => "manual",
            Self::Poll { .. } => "poll",
        }
    }

    pub(super) fn read(place: &str, declared: &Value, found: &mut Findings) -> Option<Self> {
        match declared.get("type").and_then(Value::as_str) {
            Some("webhook") => read_webhook(place, declared, found),
            Some("schedule" | "cron") => read_schedule(place, declared, found),
            Some("manual") => Some(Self::Manual),
            Some("poll") => read_poll(place, declared, found),
            other => {
                let said = other.map_or_else(|| "none".to_owned(), |t| format!("`{t}`"));
                found.error(place, "INVALID_TRIGGER", format!("a trigger's type is webhook, schedule, manual or poll; this one's is {said}"));
                None
            }
        }
    }
}

/// Whether a text waits for an installation's inputs.
pub fn is_template(text: &str) -> bool {
    text.contains("{{")
}

fn text(declared: &Value, name: &str) -> Option<String> {
    declared.get(name).and_then(Value::as_str).map(str::to_owned).filter(|t| !t.trim().is_empty())
}

fn read_webhook(place: &str, declared: &Value, found: &mut Findings) -> Option<DeclaredTrigger> {
    let (service, path) = (text(declared, "service"), text(declared, "path"));
    if service.is_some() == path.is_some() {
        let what = if service.is_some() { "both" } else { "neither" };
        found.error(place, "INCOMPLETE_WEBHOOK", format!("a webhook trigger names a `service` or a `path`, exactly one; this one names {what}"));
        return None;
    }
    let name = service.as_deref().or(path.as_deref()).unwrap_or_default();
    if name.chars().count() > limits::NAME_CHARS || name.chars().any(char::is_control) {
        found.error(place, "INVALID_TRIGGER", format!("a service or path is a short text of up to {} characters", limits::NAME_CHARS));
        return None;
    }
    let mut events: Vec<String> = text(declared, "event").into_iter().collect();
    for event in declared.get("events").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
        if !events.iter().any(|e| e == event) {
            events.push(event.to_owned());
        }
    }
    let filter = match declared.get("filter") {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(members)) => members.clone(),
        Some(_) => {
            found.error(format!("{place}.filter"), "INVALID_TRIGGER", "`filter` is an object: member of the data → wanted value");
            return None;
        }
    };
    let verify = declared.get("verify") != Some(&Value::Bool(false));
    if !verify {
        let message = "this webhook accepts deliveries without a signature: whoever knows its address can start runs";
        found.warn(format!("{place}.verify"), "WEBHOOK_UNVERIFIED", message);
    }
    Some(DeclaredTrigger::Webhook(DeclaredWebhook { service, path, events, filter, secret: text(declared, "secret"), verify }))
}

fn read_schedule(place: &str, declared: &Value, found: &mut Findings) -> Option<DeclaredTrigger> {
    let Some(cron) = text(declared, "cron").or_else(|| text(declared, "schedule")) else {
        found.error(format!("{place}.cron"), "INVALID_CRON", "a schedule needs a cron expression such as '0 9 * * 1-5'");
        return None;
    };
    let timezone = text(declared, "timezone");
    let zone = timezone.as_deref().filter(|z| !is_template(z)).unwrap_or("UTC");
    // The zone first, so that a wrong zone is not told as a wrong expression.
    if jiff::tz::TimeZone::get(zone).is_err() {
        found.error(format!("{place}.timezone"), "INVALID_TIMEZONE", format!("`{zone}` is not a known time zone; write an IANA name such as Europe/Berlin"));
        return None;
    }
    if !is_template(&cron)
        && let Err(error) = schedule::parse(&cron, zone)
    {
        found.error(format!("{place}.cron"), "INVALID_CRON", error.to_string());
        return None;
    }
    let catch_up = match text(declared, "catchUp") {
        None => schedule::CatchUp::Latest,
        Some(policy) => match policy.parse() {
            Ok(policy) => policy,
            Err(_) => {
                found.error(format!("{place}.catchUp"), "INVALID_TRIGGER", format!("`catchUp` is skip, latest or all, not `{policy}`"));
                return None;
            }
        },
    };
    Some(DeclaredTrigger::Schedule { cron, timezone, catch_up })
}

fn read_poll(place: &str, declared: &Value, found: &mut Findings) -> Option<DeclaredTrigger> {
    let refused = |found: &mut Findings, message: String| {
        found.error(format!("{place}.interval"), "INVALID_POLL_INTERVAL", message);
    };
    let interval = match declared.get("interval") {
        Some(Value::Number(n)) => match n.as_f64() {
            // A number is seconds; a fraction of one is of no use to anybody.
            #[allow(clippy::cast_possible_truncation)]
            Some(seconds) if (limits::POLL_SECONDS as f64..=31_622_400.0).contains(&seconds) => Interval::Seconds(seconds as i64),
            _ => {
                refused(found, format!("an interval of {n} s is too short or too long: at least {} s, at most a year", limits::POLL_SECONDS));
                return None;
            }
        },
        Some(Value::String(text)) if is_template(text) => Interval::Template(text.clone()),
        Some(Value::String(text)) => match interval_seconds(text) {
            Some(seconds) => Interval::Seconds(seconds),
            None => {
                refused(found, format!("`{text}` is not an interval; write seconds or 5min, 30m, 1h, hourly, daily"));
                return None;
            }
        },
        _ => {
            refused(found, "a poll needs an interval, in seconds or as 5min, 1h, daily".to_owned());
            return None;
        }
    };
    Some(DeclaredTrigger::Poll { service: text(declared, "service"), interval })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    fn read(declared: Value) -> Result<DeclaredTrigger, String> {
        let mut found = Findings::default();
        let trigger = DeclaredTrigger::read("trigger", &declared, &mut found);
        trigger.ok_or_else(|| format!("{} {}", found.errors[0].field, found.errors[0].code))
    }

    #[test]
    fn a_webhook_has_a_service_or_a_path() {
        let DeclaredTrigger::Webhook(hook) = read(json!({"type": "webhook", "service": "zoom", "event": "a", "events": ["b", "a"]})).unwrap() else {
            panic!("a webhook");
        };
        assert_eq!(hook.events, ["a", "b"]);
        assert!(hook.verify);
        assert_eq!(read(json!({"type": "webhook"})).unwrap_err(), "trigger INCOMPLETE_WEBHOOK");
        assert_eq!(read(json!({"type": "webhook", "service": "zoom", "path": "x"})).unwrap_err(), "trigger INCOMPLETE_WEBHOOK");
        assert_eq!(read(json!({"type": "webhook", "path": "x", "filter": 3})).unwrap_err(), "trigger.filter INVALID_TRIGGER");
    }

    #[test]
    fn only_verify_false_switches_the_check_off() {
        for (secret, verify) in [(json!("none"), json!(null)), (json!(""), json!(true)), (json!(false), json!("false"))] {
            let DeclaredTrigger::Webhook(hook) = read(json!({"type": "webhook", "path": "x", "secret": secret, "verify": verify})).unwrap() else {
                panic!("a webhook");
            };
            assert!(hook.verify);
        }
        let DeclaredTrigger::Webhook(hook) = read(json!({"type": "webhook", "path": "x", "verify": false})).unwrap() else { panic!("a webhook") };
        assert!(!hook.verify);
    }

    #[test]
    fn cron_is_checked_unless_it_waits_for_inputs() {
        assert!(read(json!({"type": "schedule", "cron": "0 9 * * 1-5", "timezone": "Europe/Berlin"})).is_ok());
        assert!(read(json!({"type": "schedule", "cron": "{{inputs.sendTime.minute}} {{inputs.sendTime.hour}} * * *", "timezone": "{{inputs.tz}}"})).is_ok());
        for bad in ["0 9 * *", "61 * * * *", "0 0 9 * * *", "daily", ""] {
            assert_eq!(read(json!({"type": "schedule", "cron": bad})).unwrap_err(), "trigger.cron INVALID_CRON", "{bad}");
        }
        assert_eq!(read(json!({"type": "schedule", "cron": "* * * * *", "timezone": "Mars/Base"})).unwrap_err(), "trigger.timezone INVALID_TIMEZONE");
        assert_eq!(read(json!({"type": "schedule", "cron": "* * * * *", "catchUp": "maybe"})).unwrap_err(), "trigger.catchUp INVALID_TRIGGER");
    }

    #[test]
    fn intervals_in_words_have_a_floor_and_numbers_a_limit() {
        for (text, wanted) in [
            ("5min", Some(300)),
            ("1hour", Some(3_600)),
            ("hourly", Some(3_600)),
            ("daily", Some(86_400)),
            ("5m", Some(300)),
            ("1h", Some(3_600)),
            ("1d", Some(86_400)),
            ("90", Some(90)),
            ("10s", Some(60)),
            ("0m", None),
            ("soon", None),
            ("99999999999999999999h", None),
        ] {
            assert_eq!(interval_seconds(text), wanted, "{text}");
        }
        assert!(read(json!({"type": "poll", "interval": 60})).is_ok());
        for bad in [json!(59), json!(-5), json!("soon"), json!(null), json!(1e12)] {
            assert_eq!(read(json!({"type": "poll", "interval": bad})).unwrap_err(), "trigger.interval INVALID_POLL_INTERVAL", "{bad}");
        }
    }
}
