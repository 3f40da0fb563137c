//! Rules that a module states: `metadata.alerts`, a list of `{name, condition, window?, channels[]}`. A deploy makes them its
//! publisher's, in its own transaction.

use millrace_clock::Timestamp;
use millrace_db::{DbError, Tx};
use millrace_ids::{TenantId, WorkflowId};
use serde_json::Value;

use super::draft::{NewAlert, Wrong};
use super::limits::RULES;
use super::model::{Kind, Rule, Settings, Source};
use super::{channel, store};
use crate::app::Parts;
use crate::http::ApiError;
use crate::workflows::finding::Finding;

/// A rule as a module states it.
struct Stated {
    settings: Settings,
    /// Whether those who run the workspace get a mail.
    mails: bool,
}

/// Makes the rules of a module those that its newest version states: those that are gone go, those that changed are changed, and what
/// somebody decided about a rule (its channels, its rest, whether it is looked at) stays. Answers what of them makes no sense.
///
/// # Errors
/// The database failed.
pub(crate) async fn declare(parts: &Parts, tx: &mut Tx, tenant: &TenantId, workflow: &WorkflowId, metadata: &Value, now: Timestamp) -> Result<Vec<Finding>, DbError> {
    let mut findings = Vec::new();
    let stated = read(metadata, &mut findings);
    let known: Vec<Rule> = store::list(tx, tenant, workflow).await?.into_iter().filter(|rule| rule.source == Source::Module).collect();
    let mut changed = false;
    for gone in known.iter().filter(|rule| stated.iter().all(|one| one.settings.name != rule.settings.name)) {
        store::delete(tx, tenant, &gone.id).await?;
    }
    for one in stated {
        match known.iter().find(|rule| rule.settings.name == one.settings.name) {
            Some(rule) => {
                let set = Settings { condition: one.settings.condition, window: one.settings.window, min_runs: one.settings.min_runs, ..rule.settings.clone() };
                if set != rule.settings {
                    changed |= store::update(tx, tenant, &rule.id, &set, now).await?;
                }
            }
            None => {
                changed = true;
                let rule = Rule::new(tenant, workflow, (true, Source::Module), one.settings, now);
                store::insert(tx, &rule).await?;
                if one.mails {
                    store::insert_channel(tx, tenant, &channel::make(parts, tenant, &rule.id, Kind::Email, None).channel, now).await?;
                }
            }
        }
    }
    if changed {
        parts.alerts.tell(tx).await?;
    }
    Ok(findings)
}

fn read(metadata: &Value, findings: &mut Vec<Finding>) -> Vec<Stated> {
    let mut all: Vec<Stated> = Vec::new();
    let Some(listed) = metadata.get("alerts").filter(|value| !value.is_null()) else { return all };
    let Some(listed) = listed.as_array() else {
        findings.push(Finding::new("metadata.alerts", "INVALID_ALERT", "must be a list of `{ name, condition, window, channels }`; it is left out"));
        return all;
    };
    for (at, value) in listed.iter().enumerate() {
        let place = format!("metadata.alerts[{at}]");
        if all.len() >= usize::try_from(RULES).unwrap_or_default() {
            findings.push(Finding::new(place, "INVALID_ALERT", format!("a module states at most {RULES}; the others are left out")));
            break;
        }
        match one(value, &place, findings) {
            Ok(stated) if all.iter().any(|other| other.settings.name == stated.settings.name) => {
                findings.push(Finding::new(place, "INVALID_ALERT", "has the name of one before it; it is left out"));
            }
            Ok(stated) => all.push(stated),
            Err(error) => findings.push(Finding::new(place, "INVALID_ALERT", format!("{} It is left out.", error.detail))),
        }
    }
    all
}

fn one(value: &Value, place: &str, findings: &mut Vec<Finding>) -> Result<Stated, ApiError> {
    let text = |name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
    let asked = NewAlert {
        name: text("name").or_else(|| text("condition")).unwrap_or_default(),
        condition: text("condition"),
        window: text("window"),
        min_runs: value.get("minRuns").and_then(Value::as_i64),
        cooldown: text("cooldown"),
        ..NewAlert::default()
    };
    let mut wrong = Wrong::default();
    let settings = asked.settings(&mut wrong);
    wrong.check()?;
    let channels: Vec<&str> = value.get("channels").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    let mails = channels.is_empty() || channels.contains(&Kind::Email.as_str());
    if let Some(other) = channels.iter().find(|name| **name != Kind::Email.as_str()) {
        let message = format!("the channel `{other}` has no address, which is a secret and stands in no module");
        findings.push(Finding::new(format!("{place}.channels"), "INVALID_ALERT", message).suggest("give the alert its channel with PATCH /api/workflows/{id}/alerts/{alert}"));
    }
    Ok(Stated { settings, mails })
}
