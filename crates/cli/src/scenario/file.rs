//! Scenario files: what they may hold, and reading them (docs/testing-workflows.md).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::matching::QUESTIONS;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::limits::MAX_JSON_FILE_BYTES;

/// What an installation has, what happens to it, and what is to come of it.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// One line for the report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The workflow's directory or file, from the scenario's own place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workflow: Option<PathBuf>,
    /// Which of the module's workflows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub export: Option<String>,
    /// When it begins, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock: Option<String>,
    /// The installation's zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
    /// The installation's configuration.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub config: Map<String, Value>,
    /// Fields by service; `false` = not connected.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub connections: Map<String, Value>,
    /// `env.<NAME>`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub environment: BTreeMap<String, String>,
    /// Answers of the language model, in order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ai: Option<Vec<Said>>,
    /// What is kept before it begins.
    #[serde(default, skip_serializing_if = "Before::is_empty")]
    pub before: Before,
    /// The network.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exchanges: Vec<Exchange>,
    /// The code with which its set-up is refused; nothing happens then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
    /// What happens.
    #[serde(default)]
    pub steps: Vec<Step>,
}

/// One answer of the language model.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(untagged)]
pub enum Said {
    /// This text.
    Text(String),
    /// This text, in the long form.
    Answer {
        /// What it says.
        text: String,
    },
    /// A refusal.
    Refusal {
        /// Why.
        error: String,
    },
}

/// What is kept before a scenario begins.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Before {
    /// `storage`: values by key.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub storage: Map<String, Value>,
    /// `env.KV`: texts by key.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub kv: BTreeMap<String, String>,
}

impl Before {
    fn is_empty(&self) -> bool {
        self.storage.is_empty() && self.kv.is_empty()
    }
}

/// A request that may leave, and what it is answered.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Exchange {
    /// The request.
    pub request: Asked,
    /// The answer.
    #[serde(default)]
    pub response: Answered,
    /// How often.
    #[serde(default, skip_serializing_if = "Times::is_one")]
    pub times: Times,
}

/// A request to be recognised: `METHOD url` or its parts.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(untagged)]
pub enum Asked {
    /// `METHOD url`.
    Line(String),
    /// Its parts.
    Parts(Box<Parts>),
}

/// The parts of a request to be recognised.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Parts {
    /// GET unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Without query; `*` stands for one part of the path.
    pub url: String,
    /// Compared when given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<Value>,
    /// Compared when given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub headers: Option<Value>,
    /// Compared when given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
}

impl Asked {
    /// Its parts.
    pub fn parts(&self) -> Parts {
        match self {
            Self::Parts(parts) => (**parts).clone(),
            Self::Line(line) => {
                let (method, url) = line.trim().split_once(char::is_whitespace).unwrap_or(("GET", line));
                Parts { method: Some(method.to_owned()), url: url.trim().to_owned(), ..Parts::default() }
            }
        }
    }
}

/// What a request is answered.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Answered {
    /// 200 unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Headers.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// A JSON body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
    /// A body as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// A body of bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base64: Option<String>,
    /// No answer: the network fails.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Broken>,
}

/// How a network fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Broken {
    /// No answer in time.
    Timeout,
    /// No connection.
    Refused,
    /// The connection broke.
    Reset,
}

/// How often an exchange answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(untagged)]
pub enum Times {
    /// So often, exactly.
    Exactly(u32),
    /// As often as asked.
    Any(Any),
}

/// The word `any`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Any {
    /// As often as asked.
    Any,
}

impl Default for Times {
    fn default() -> Self {
        Self::Exactly(1)
    }
}

impl Times {
    const fn is_one(&self) -> bool {
        matches!(self, Self::Exactly(1))
    }
}

/// One thing that happens, and what is to come of it.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// A delivery.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webhook: Option<Webhook>,
    /// What the Run button does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manual: Option<Manual>,
    /// The next instant of the schedule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<Slot>,
    /// Time passes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub advance: Option<Advance>,
    /// An event for runs that wait.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<Event>,
    /// A decision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<Approval>,
    /// A change of the configuration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub configure: Option<Map<String, Value>>,
    /// What is to come of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expect: Option<Expect>,
}

/// A delivery to the installation's address.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Webhook {
    /// Whose, as declared …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// … or the declared path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// A JSON body …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
    /// … or bytes as they are …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// … or form fields.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub form: Option<Map<String, Value>>,
    /// Headers.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// The query of the address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<BTreeMap<String, String>>,
    /// Leaves the signature out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unsigned: bool,
    /// `wrong`: signs with another secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<Forged>,
}

/// A forged signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Forged {
    /// With another secret.
    Wrong,
}

/// What the Run button sends.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Manual {
    /// `trigger.data`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Value>,
    /// `trigger.event`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// `trigger.service`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
}

/// The word `next`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Slot {
    /// The next instant of the schedule.
    Next,
}

/// How far time moves.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(untagged)]
pub enum Advance {
    /// `30s`, `10m`, `2h`, `3d`, `1w`.
    By(String),
    /// To an instant.
    To {
        /// RFC 3339.
        to: String,
    },
}

/// An event for runs that wait.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// Its name.
    pub name: String,
    /// What it tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Value>,
}

/// A decision.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    /// Yes or no.
    pub approved: bool,
    /// What is said about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Of which approval, when several are open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
}

/// What is to come of a step.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    /// The run's status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// What `execute` returned.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    pub result: Option<Value>,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Value>,
    /// The runs that moved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runs: Option<Runs>,
    /// What left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calls: Option<Vec<Asked>>,
    /// What the language model was asked: parts of the texts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<Vec<Value>>,
    /// What was logged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logs: Option<Vec<Value>>,
    /// What is kept.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub storage: Map<String, Value>,
    /// What is kept as text.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub kv: Map<String, Value>,
    /// What the sender was answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response: Option<Value>,
}

/// `null` that is written down is a value: `result: null`.
fn given<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(from).map(Some)
}

/// The runs that a step moved.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(untagged)]
pub enum Runs {
    /// So many.
    Count(usize),
    /// These, oldest first.
    Each(Vec<OneRun>),
}

/// One of several runs that a step moved.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct OneRun {
    /// Its status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// What it returned.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    pub result: Option<Value>,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Value>,
}

/// Reads a scenario.
///
/// # Errors
/// The file cannot be read or says something that no scenario says; the place is named.
pub fn read(path: &Path) -> Result<Scenario, Failure> {
    let wrong = |why: String| Failure::new(Exit::Usage, "SCENARIO_INVALID", format!("`{}` is not a scenario", path.display())).why(why).fix("docs/testing-workflows.md has the list of what a scenario may say.");
    let size = std::fs::metadata(path).map_err(|e| wrong(e.to_string()))?.len();
    if size > MAX_JSON_FILE_BYTES {
        return Err(wrong(format!("it is larger than {} MB", MAX_JSON_FILE_BYTES / 1_000_000)));
    }
    let text = std::fs::read_to_string(path).map_err(|e| wrong(e.to_string()))?;
    // JSON is YAML, but its own reader names places better and knows no surprises.
    let scenario: Scenario = if path.extension().is_some_and(|e| e == "json") {
        serde_path_to_error::deserialize(&mut serde_json::Deserializer::from_str(&text)).map_err(|e| wrong(e.to_string()))?
    } else {
        serde_path_to_error::deserialize(serde_norway::Deserializer::from_str(&text)).map_err(|e| wrong(e.to_string()))?
    };
    if scenario.steps.is_empty() && scenario.refused.is_none() {
        return Err(wrong("it has no `steps`".to_owned()));
    }
    if let Some(mixed) = serde_json::to_value(&scenario).ok().as_ref().and_then(mixed) {
        return Err(wrong(format!("`{mixed}` stands beside other members; a question is alone in its object. In YAML, quote texts with a comma")));
    }
    for (n, step) in scenario.steps.iter().enumerate() {
        let count = step.kinds();
        if count != 1 {
            return Err(wrong(format!("step {} says {count} things; each step is one of webhook, manual, schedule, advance, event, approval, configure", n + 1)));
        }
    }
    Ok(scenario)
}

/// A question with other members beside it: a mistake, and never one that matches.
fn mixed(value: &Value) -> Option<String> {
    match value {
        Value::Object(members) => {
            let question = members.keys().find(|name| QUESTIONS.contains(&name.as_str()));
            question.filter(|_| members.len() > 1).cloned().or_else(|| members.values().find_map(mixed))
        }
        Value::Array(items) => items.iter().find_map(mixed),
        _ => None,
    }
}

impl Step {
    fn kinds(&self) -> usize {
        [self.webhook.is_some(), self.manual.is_some(), self.schedule.is_some(), self.advance.is_some(), self.event.is_some(), self.approval.is_some(), self.configure.is_some()]
            .into_iter()
            .filter(|given| *given)
            .count()
    }

    /// What it is, for people.
    pub fn word(&self) -> String {
        match self {
            Self { webhook: Some(webhook), .. } => format!("webhook {}", webhook.service.as_deref().or(webhook.path.as_deref()).unwrap_or_default()),
            Self { manual: Some(_), .. } => "manual".into(),
            Self { schedule: Some(_), .. } => "schedule".into(),
            Self { advance: Some(Advance::By(by)), .. } => format!("advance {by}"),
            Self { advance: Some(Advance::To { to }), .. } => format!("advance to {to}"),
            Self { event: Some(event), .. } => format!("event {}", event.name),
            Self { approval: Some(_), .. } => "approval".into(),
            _ => "configure".into(),
        }
    }
}

/// A length of time: `30s`, `10m`, `2h`, `3d`, `1w`.
pub fn duration(text: &str) -> Option<Duration> {
    let at = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let (number, unit) = text.split_at(at);
    let seconds = match unit.trim() {
        "ms" => 0.001,
        "s" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3_600.0,
        "d" => 86_400.0,
        "w" => 604_800.0,
        _ => return None,
    };
    number.parse::<f64>().ok().map(|number| number * seconds).filter(|seconds| seconds.is_finite() && *seconds < 1e10).map(Duration::from_secs_f64)
}
