//! Triggers of an installation: what is stored, and how it is planned from what a module declares.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use millrace_clock::Timestamp;
use millrace_connector::webhook::resolve_template;
use millrace_engine::schedule::{self, CatchUp, Spec};
use millrace_ids::{InstallationId, TenantId, TriggerId, VersionId};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use crate::workflows::declared_trigger::{DeclaredTrigger, DeclaredWebhook, Interval, interval_seconds, is_template};
use crate::workflows::definition::Definition;

/// What kind of thing starts a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TriggerKind {
    /// Somebody calls us.
    Webhook,
    /// Cron.
    Schedule,
    /// Every so many seconds.
    Poll,
    /// Somebody asks.
    Manual,
}

impl TriggerKind {
    /// The word in rows and runs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Webhook => "webhook",
            Self::Schedule => "schedule",
            Self::Poll => "poll",
            Self::Manual => "manual",
        }
    }
}

impl fmt::Display for TriggerKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for TriggerKind {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let all = [Self::Webhook, Self::Schedule, Self::Poll, Self::Manual];
        all.into_iter().find(|k| k.as_str() == text).ok_or_else(|| format!("`{text}` is not a kind of trigger"))
    }
}

/// Where a signing secret comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SecretSource {
    /// The installation's owner set it.
    Owner,
    /// The module states it.
    Module,
    /// The connection holds it.
    Connection,
    /// We made it.
    Generated,
}

impl SecretSource {
    /// The word in rows and answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Module => "module",
            Self::Connection => "connection",
            Self::Generated => "generated",
        }
    }
}

impl FromStr for SecretSource {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let all = [Self::Owner, Self::Module, Self::Connection, Self::Generated];
        all.into_iter().find(|k| k.as_str() == text).ok_or_else(|| format!("`{text}` is not a source of secrets"))
    }
}

/// What a trigger waits for, with the installation's inputs filled in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Rules {
    /// Any of these.
    Webhook {
        /// One per declared trigger that shares the address.
        any_of: Vec<WebhookRule>,
    },
    /// The times of a cron expression.
    Schedule {
        /// Five fields.
        cron: String,
        /// IANA zone.
        timezone: String,
        /// `skip`, `latest` or `all`.
        catch_up: String,
    },
    /// Every so many seconds.
    Poll {
        /// At least 60.
        every_s: i64,
    },
    /// Whenever somebody asks.
    Manual,
}

/// Events that a webhook trigger wants.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct WebhookRule {
    /// Names; empty means all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<String>,
    /// Members of the data that must be equal.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub filter: Map<String, Value>,
}

/// One trigger as stored. Secrets are sealed.
#[derive(Debug, Clone, PartialEq)]
pub struct Trigger {
    /// Its id; webhook addresses carry it.
    pub id: TriggerId,
    /// Whose it is.
    pub tenant: TenantId,
    /// Which installation's.
    pub installation: InstallationId,
    /// Tells it apart from the installation's other triggers for as long as the module declares it.
    pub key: String,
    /// What kind.
    pub kind: TriggerKind,
    /// The service that calls or is polled.
    pub service: Option<String>,
    /// The path of a webhook of no known service.
    pub path: Option<String>,
    /// The version that its runs are pinned to.
    pub version: VersionId,
    /// What it waits for.
    pub rules: Rules,
    /// Whether signatures are checked.
    pub verified: bool,
    /// Where the secret comes from.
    pub secret_source: Option<SecretSource>,
    /// The signing secret, sealed.
    pub signing_secret: Option<String>,
    /// A secret that the provider announced and the owner has not confirmed, sealed.
    pub pending_secret: Option<String>,
    /// Whether it starts runs.
    pub active: bool,
    /// The slot for which it starts the next one by itself.
    pub next_at: Option<Timestamp>,
}

impl Trigger {
    /// The slots at which it starts runs by itself, the next first, at most so many. A poll's later ones depend on when it polled.
    pub fn next_slots(&self, most: usize) -> Vec<Timestamp> {
        let following = |at: &Timestamp| match &self.rules {
            Rules::Schedule { cron, timezone, .. } => Spec::Cron(cron.clone()).next(timezone, *at).ok(),
            Rules::Poll { .. } | Rules::Webhook { .. } | Rules::Manual => None,
        };
        std::iter::successors(self.next_at, following).take(most).collect()
    }

    /// The wanted events of a webhook, each once; empty means all.
    pub fn events(&self) -> Vec<String> {
        let Rules::Webhook { any_of } = &self.rules else { return Vec::new() };
        if any_of.iter().any(|rule| rule.events.is_empty()) {
            return Vec::new();
        }
        let mut events: Vec<String> = Vec::new();
        for event in any_of.iter().flat_map(|rule| &rule.events) {
            if !events.contains(event) {
                events.push(event.clone());
            }
        }
        events
    }
}

/// A trigger that an installation should have.
#[derive(Debug, Clone, PartialEq)]
pub struct Planned {
    /// See [`Trigger::key`].
    pub key: String,
    /// What kind.
    pub kind: TriggerKind,
    /// The service that calls or is polled.
    pub service: Option<String>,
    /// The path of a webhook of no known service.
    pub path: Option<String>,
    /// What it waits for.
    pub rules: Rules,
    /// Whether signatures are checked.
    pub verified: bool,
    /// The secret that the module states.
    pub secret: Option<Zeroizing<String>>,
}

/// Why a declared trigger cannot be planned with the installation's inputs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanProblem {
    /// Where in the definition.
    pub field: String,
    /// Stable code.
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
}

/// What templates may look up while triggers are planned.
#[derive(Debug, Clone, Copy)]
pub struct Inputs<'a> {
    /// Inputs without secrets: for cron, zones and filters, which are shown.
    pub plain: &'a Value,
    /// Inputs with secrets: for signing secrets, which are not.
    pub with_secrets: &'a Value,
}

/// Plans the triggers of an installation. Webhooks of one service with one secret share one address, because providers
/// call one address for all events of an app.
pub fn plan(definition: &Definition, inputs: Inputs<'_>, timezone: &str) -> (Vec<Planned>, Vec<PlanProblem>) {
    let mut planned: Vec<Planned> = Vec::new();
    let mut problems = Vec::new();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for (i, declared) in definition.triggers.iter().enumerate() {
        let place = if i == 0 { "trigger".to_owned() } else { format!("webhooks.{}", i - 1) };
        match declared {
            DeclaredTrigger::Webhook(hook) => plan_webhook(hook, inputs, &mut planned, &mut counts),
            DeclaredTrigger::Manual if planned.iter().any(|p| p.kind == TriggerKind::Manual) => {}
            other => match plan_other(other, &place, inputs.plain, timezone) {
                Ok((kind, service, rules)) => {
                    let key = numbered(kind.as_str(), &mut counts);
                    planned.push(Planned { key, kind, service, path: None, rules, verified: true, secret: None });
                }
                Err(problem) => problems.push(problem),
            },
        }
    }
    (planned, problems)
}

fn numbered(base: &str, counts: &mut BTreeMap<String, usize>) -> String {
    let n = counts.entry(base.to_owned()).or_default();
    *n += 1;
    if *n == 1 { base.to_owned() } else { format!("{base}:{n}") }
}

fn plan_webhook(hook: &DeclaredWebhook, inputs: Inputs<'_>, planned: &mut Vec<Planned>, counts: &mut BTreeMap<String, usize>) {
    let secret = hook.secret.as_deref().map(|s| resolve_template(s, inputs.with_secrets)).filter(|s| !s.is_empty()).map(Zeroizing::new);
    let filter = hook.filter.iter().map(|(key, wanted)| (key.clone(), resolve_value(wanted, inputs.plain))).collect();
    let rule = WebhookRule { events: hook.events.clone(), filter };
    let same = |p: &&mut Planned| p.service == hook.service && p.path == hook.path && p.secret == secret && p.verified == hook.verify;
    if let Some(Planned { rules: Rules::Webhook { any_of }, .. }) = planned.iter_mut().find(same) {
        any_of.push(rule);
        return;
    }
    let base = match (&hook.service, &hook.path) {
        (Some(service), _) => format!("webhook:service:{service}"),
        (None, path) => format!("webhook:path:{}", path.as_deref().unwrap_or_default()),
    };
    planned.push(Planned {
        key: numbered(&base, counts),
        kind: TriggerKind::Webhook,
        service: hook.service.clone(),
        path: hook.path.clone(),
        rules: Rules::Webhook { any_of: vec![rule] },
        verified: hook.verify,
        secret,
    });
}

/// A filter's value that is one placeholder takes the input's own type; otherwise it stays text.
fn resolve_value(wanted: &Value, inputs: &Value) -> Value {
    let Value::String(text) = wanted else { return wanted.clone() };
    let alone = text.trim().strip_prefix("{{").and_then(|t| t.strip_suffix("}}")).filter(|t| !t.contains("{{"));
    let named = alone.map(str::trim).and_then(|t| t.strip_prefix("inputs.").or_else(|| t.strip_prefix("config.")));
    match named.and_then(|name| inputs.get(name)) {
        Some(value) => value.clone(),
        None => Value::String(resolve_template(text, inputs)),
    }
}

fn plan_other(declared: &DeclaredTrigger, place: &str, inputs: &Value, timezone: &str) -> Result<(TriggerKind, Option<String>, Rules), PlanProblem> {
    match declared {
        DeclaredTrigger::Schedule { cron, timezone: zone, catch_up } => {
            let zone = zone.as_deref().map_or_else(|| timezone.to_owned(), |z| resolve_template(z, inputs).trim().to_owned());
            // A zone that depends on an optional input falls back to the installation's.
            let zone = if zone.is_empty() { timezone.to_owned() } else { zone };
            let resolved = resolve_template(cron, inputs).split_whitespace().collect::<Vec<_>>().join(" ");
            let hint = if is_template(cron) { format!(" (`{cron}` with this installation's inputs)") } else { String::new() };
            match schedule::parse(&resolved, &zone) {
                Ok(_) => Ok((TriggerKind::Schedule, None, Rules::Schedule { cron: resolved, timezone: zone, catch_up: policy(*catch_up) })),
                Err(schedule::ScheduleError::Zone(zone)) => Err(PlanProblem {
                    field: format!("{place}.timezone"),
                    code: "INVALID_TIMEZONE",
                    message: format!("`{zone}` is not a known time zone; write an IANA name such as Europe/Berlin"),
                }),
                Err(error) => Err(PlanProblem { field: format!("{place}.cron"), code: "INVALID_CRON", message: format!("{error}{hint}") }),
            }
        }
        DeclaredTrigger::Poll { service, interval } => {
            let every_s = match interval {
                Interval::Seconds(seconds) => *seconds,
                Interval::Template(text) => interval_seconds(&resolve_template(text, inputs)).ok_or_else(|| PlanProblem {
                    field: format!("{place}.interval"),
                    code: "INVALID_POLL_INTERVAL",
                    message: format!("`{text}` with this installation's inputs is not an interval"),
                })?,
            };
            Ok((TriggerKind::Poll, service.clone(), Rules::Poll { every_s }))
        }
        DeclaredTrigger::Manual | DeclaredTrigger::Webhook(_) => Ok((TriggerKind::Manual, None, Rules::Manual)),
    }
}

fn policy(catch_up: CatchUp) -> String {
    match catch_up {
        CatchUp::Skip => "skip",
        CatchUp::Latest => "latest",
        CatchUp::All => "all",
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::workflows::finding::Findings;
    use serde_json::json;

    fn planned(trigger: Value, webhooks: Value, inputs: Value) -> (Vec<Planned>, Vec<PlanProblem>) {
        let mut found = Findings::default();
        let definition = Definition::read(&json!({"name": "t", "trigger": trigger, "webhooks": webhooks}), &Value::Null, &mut found);
        assert_eq!(found.errors, []);
        plan(&definition, Inputs { plain: &inputs, with_secrets: &inputs }, "Europe/Berlin")
    }

    #[test]
    fn webhooks_of_one_service_share_an_address() {
        let zoom = |event: &str| json!({"type": "webhook", "service": "zoom", "event": event});
        let (planned, _) = planned(zoom("meeting.ended"), json!([zoom("recording.completed"), {"type": "manual"}, {"type": "webhook", "path": "x"}]), json!({}));
        let keys: Vec<&str> = planned.iter().map(|p| p.key.as_str()).collect();
        assert_eq!(keys, ["webhook:service:zoom", "manual", "webhook:path:x"]);
        let Rules::Webhook { any_of } = &planned[0].rules else { panic!("a webhook") };
        assert_eq!(any_of.len(), 2);
    }

    #[test]
    fn another_secret_is_another_address() {
        let hook = |secret: &str| json!({"type": "webhook", "path": "x", "secret": secret});
        let (planned, _) = planned(hook("{{inputs.s}}"), json!([hook("b"), hook("{{inputs.none}}")]), json!({"s": "a"}));
        assert_eq!(planned.iter().map(|p| p.key.as_str()).collect::<Vec<_>>(), ["webhook:path:x", "webhook:path:x:2", "webhook:path:x:3"]);
        assert_eq!(planned.iter().map(|p| p.secret.as_ref().map(|s| s.as_str().to_owned())).collect::<Vec<_>>(), [Some("a".into()), Some("b".into()), None]);
    }

    #[test]
    fn filters_take_the_inputs_types() {
        let trigger = json!({"type": "webhook", "service": "github", "filter": {"repo": "{{inputs.repo}}", "n": "{{inputs.n}}", "text": "a {{inputs.n}}", "fixed": true, "none": "{{inputs.x}}"}});
        let (planned, _) = planned(trigger, json!([]), json!({"repo": "acme/x", "n": 3}));
        let Rules::Webhook { any_of } = &planned[0].rules else { panic!("a webhook") };
        assert_eq!(Value::Object(any_of[0].filter.clone()), json!({"repo": "acme/x", "n": 3, "text": "a 3", "fixed": true, "none": ""}));
    }

    #[test]
    fn schedules_are_filled_in_or_refused() {
        let cron = json!({"type": "schedule", "cron": "{{inputs.t.minute}} {{inputs.t.hour}} * * *", "timezone": "{{inputs.tz}}"});
        let (ready, problems) = planned(cron.clone(), json!([]), json!({"t.minute": 30, "t.hour": 7, "tz": "Asia/Tokyo"}));
        assert_eq!(problems, []);
        assert_eq!(ready[0].rules, Rules::Schedule { cron: "30 7 * * *".into(), timezone: "Asia/Tokyo".into(), catch_up: "latest".into() });
        let (ready, _) = planned(cron.clone(), json!([]), json!({"t.minute": 30, "t.hour": 7}));
        assert!(matches!(&ready[0].rules, Rules::Schedule { timezone, .. } if timezone == "Europe/Berlin"));
        let (ready, problems) = planned(cron.clone(), json!([{"type": "manual"}]), json!({"tz": "UTC"}));
        assert_eq!((ready.len(), problems[0].code, problems[0].field.as_str()), (1, "INVALID_CRON", "trigger.cron"));
        let (_, problems) = planned(cron, json!([]), json!({"t.minute": 1, "t.hour": 2, "tz": "Moon"}));
        assert_eq!((problems[0].code, problems[0].field.as_str()), ("INVALID_TIMEZONE", "trigger.timezone"));
        let (ready, _) = planned(json!({"type": "poll", "interval": "{{inputs.every}}"}), json!([]), json!({"every": "5min"}));
        assert_eq!(ready[0].rules, Rules::Poll { every_s: 300 });
        let (_, problems) = planned(json!({"type": "poll", "interval": "{{inputs.every}}"}), json!([]), json!({}));
        assert_eq!(problems[0].code, "INVALID_POLL_INTERVAL");
    }
}
