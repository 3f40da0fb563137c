//! Turning a rule, and telling it, in one transaction: state, audit row, mails and messages exist together or not at all.

use millrace_clock::Timestamp;
use millrace_db::{DbError, Tx};
use millrace_ids::AlertDeliveryId;
use serde_json::{Value, json};

use super::condition::spanned;
use super::model::{Kind, Rule, State};
use super::store;
use crate::app::Parts;
use crate::audit::{self, Action, Entry};
use crate::identity::Actor;
use crate::mail::Template;
use crate::memberships;

/// Turns a rule. Answers whether this was who did it: of two nodes that look at once, one.
pub(super) async fn turn(parts: &Parts, rule: &Rule, to: State, found: Option<f64>, now: Timestamp) -> Result<bool, DbError> {
    let mut tx = parts.platform().begin().await?;
    if !store::turn(&mut tx, rule, to, found, now).await? {
        return Ok(false);
    }
    let set = &rule.settings;
    let workflow = store::workflow_name(&mut tx, &rule.workflow).await?.unwrap_or_else(|| rule.workflow.to_string());
    let news = News { rule, to, workflow, value: found.map(|value| set.condition.metric.shown(value)), at: now, url: format!("{}/app/developer/workflows/{}?tab=alerts", parts.config.public_url(), rule.workflow) };
    let action = if to == State::Firing { Action::AlertFired } else { Action::AlertResolved };
    let said = json!({ "name": set.name, "workflow_id": rule.workflow, "condition": set.condition.to_string(), "value": news.value });
    audit::record(&mut tx, Some(&rule.tenant), &Actor::System, Entry::new(action, "alert", &rule.id).meta(said), now).await?;
    news.send(parts, &mut tx).await?;
    tx.commit().await?;
    Ok(true)
}

/// What is told about a rule.
struct News<'a> {
    rule: &'a Rule,
    to: State,
    workflow: String,
    value: Option<String>,
    at: Timestamp,
    url: String,
}

impl News<'_> {
    async fn send(&self, parts: &Parts, tx: &mut Tx) -> Result<(), DbError> {
        let tenant = &self.rule.tenant;
        for channel in store::channels_of(tx, tenant, &self.rule.id).await? {
            let id = AlertDeliveryId::generate();
            match channel.kind {
                Kind::Email => {
                    let key = format!("{}:{}", self.rule.id, self.at.micros());
                    for to in memberships::managers(tx, tenant).await? {
                        parts.mail.queue(tx, Some(tenant), &to, &self.mail(), &key, self.at).await?;
                    }
                }
                Kind::Webhook => store::queue(tx, tenant, &channel.id, &id, &self.event().to_string(), self.at).await?,
                Kind::Slack => store::queue(tx, tenant, &channel.id, &id, &self.message().to_string(), self.at).await?,
            }
        }
        Ok(())
    }

    fn mail(&self) -> Template {
        let set = &self.rule.settings;
        let (workflow, alert, condition) = (self.workflow.clone(), set.name.clone(), set.condition.to_string());
        match self.to {
            State::Firing => {
                let value = self.value.clone().unwrap_or_default();
                Template::AlertFiring { workflow, alert, condition, window: spanned(set.window), value, at: self.at, alerts_url: self.url.clone() }
            }
            State::Resolved => Template::AlertResolved { workflow, alert, condition, at: self.at, alerts_url: self.url.clone() },
        }
    }

    /// The body of a webhook (docs/alerts.md): figures and names, nothing of any run.
    fn event(&self) -> Value {
        let (rule, set) = (self.rule, &self.rule.settings);
        json!({
            "type": format!("alert.{}", self.to),
            "timestamp": self.at.to_string(),
            "data": {
                "id": rule.id, "name": set.name, "workflow_id": rule.workflow, "workflow": self.workflow, "scope": if rule.everywhere { "all" } else { "own" },
                "condition": set.condition.to_string(), "window": spanned(set.window), "state": self.to.as_str(), "value": self.value, "url": self.url,
            }
        })
    }

    /// A message in Slack, whose marks of links and people are escaped in texts that people chose.
    fn message(&self) -> Value {
        let escaped = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let set = &self.rule.settings;
        let (name, workflow) = (escaped(&set.name), escaped(&self.workflow));
        let text = match self.to {
            State::Firing => {
                let value = self.value.as_deref().map_or_else(String::new, |value| format!(" It is {value}."));
                format!(":rotating_light: {name}: {workflow} has {}.{value} {}", escaped(&set.condition.to_string()), self.url)
            }
            State::Resolved => format!(":white_check_mark: {name}: {workflow} is fine again. {}", self.url),
        };
        json!({ "text": text })
    }
}
