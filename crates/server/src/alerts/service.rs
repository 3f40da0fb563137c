//! Setting rules, changing and removing them.

use std::collections::BTreeMap;

use millrace_clock::Timestamp;
use millrace_db::Tx;
use millrace_ids::{AlertChannelId, AlertId, TenantId, WorkflowId};
use serde_json::json;
use zeroize::Zeroizing;

use super::channel::{self, Made};
use super::draft::{self, ChangeAlert, NewAlert, Wanted, Wrong};
use super::limits::RULES;
use super::model::{Channel, Kind, Rule, Source};
use super::store;
use crate::app::Parts;
use crate::audit::{self, Action, Entry};
use crate::http::ApiError;
use crate::identity::Actor;

/// A rule with its channels, and the signing secrets that are shown this once.
pub(super) struct Shown {
    pub(super) rule: Rule,
    pub(super) channels: Vec<Channel>,
    pub(super) secrets: BTreeMap<AlertChannelId, Zeroizing<String>>,
}

/// Whose rules are meant, about which workflow.
pub(super) struct About<'a> {
    pub(super) tenant: &'a TenantId,
    pub(super) workflow: &'a WorkflowId,
    /// Whether the workspace wrote the workflow.
    pub(super) is_publisher: bool,
}

/// All rules that the workspace has about it.
pub(super) async fn list(parts: &Parts, about: &About<'_>) -> Result<Vec<Shown>, ApiError> {
    let mut tx = parts.of(about.tenant).read().await?;
    let rules = store::list(&mut tx, about.tenant, about.workflow).await?;
    let channels = store::channels(&mut tx, about.tenant, about.workflow).await?;
    let of = |rule: &Rule| channels.iter().filter(|channel| channel.rule == rule.id).cloned().collect();
    Ok(rules.into_iter().map(|rule| Shown { channels: of(&rule), rule, secrets: BTreeMap::new() }).collect())
}

/// One of them.
pub(super) async fn get(parts: &Parts, about: &About<'_>, id: &AlertId) -> Result<Shown, ApiError> {
    shown(&mut parts.of(about.tenant).read().await?, about, id, BTreeMap::new()).await
}

async fn shown(tx: &mut Tx, about: &About<'_>, id: &AlertId, secrets: BTreeMap<AlertChannelId, Zeroizing<String>>) -> Result<Shown, ApiError> {
    let rule = find(tx, about, id).await?;
    let channels = store::channels_of(tx, about.tenant, id).await?;
    Ok(Shown { rule, channels, secrets })
}

async fn find(tx: &mut Tx, about: &About<'_>, id: &AlertId) -> Result<Rule, ApiError> {
    store::get(tx, about.tenant, about.workflow, id).await?.ok_or_else(|| ApiError::not_found("alert"))
}

/// Sets a rule. As many as are set at the same instant may pass the limit.
pub(super) async fn create(parts: &Parts, about: &About<'_>, by: &Actor, new: &NewAlert) -> Result<Shown, ApiError> {
    let mut wrong = Wrong::default();
    let settings = new.settings(&mut wrong);
    let wanted = match &new.channels {
        Some(asked) => draft::channels(asked, &mut wrong),
        None => vec![Wanted::New(Kind::Email, None)],
    };
    for (at, _) in wanted.iter().enumerate().filter(|(_, one)| matches!(one, Wanted::Kept(_))) {
        wrong.add(format!("channels.{at}.id"), "INVALID_VALUE", "is of no channel of this alert");
    }
    wrong.check()?;
    let now = parts.clock.now();
    let rule = Rule::new(about.tenant, about.workflow, (about.is_publisher, Source::Api), settings, now);
    let mut tx = parts.of(about.tenant).begin().await?;
    if store::count(&mut tx, about.tenant, about.workflow).await? >= RULES {
        return Err(ApiError::invalid("TOO_MANY_ALERTS", format!("This workspace has {RULES} alerts for the workflow already.")));
    }
    store::insert(&mut tx, &rule).await?;
    let secrets = settle_channels(parts, &mut tx, &rule, &[], wanted, now).await?;
    let shown = shown(&mut tx, about, &rule.id, secrets).await?;
    record(&mut tx, by, Action::AlertCreated, &shown.rule, &shown.channels, now).await?;
    parts.alerts.tell(&mut tx).await?;
    tx.commit().await?;
    Ok(shown)
}

/// Changes a rule. What a module states of one is changed by its next version.
pub(super) async fn change(parts: &Parts, about: &About<'_>, by: &Actor, id: &AlertId, change: &ChangeAlert) -> Result<Shown, ApiError> {
    let mut wrong = Wrong::default();
    let now = parts.clock.now();
    let mut tx = parts.of(about.tenant).begin().await?;
    let rule = find(&mut tx, about, id).await?;
    let known = store::channels_of(&mut tx, about.tenant, id).await?;
    if rule.source == Source::Module {
        let fixed = [("name", change.name.is_some()), ("condition", change.condition.is_some()), ("window", change.window.is_some()), ("min_runs", change.min_runs.is_some())];
        for (field, _) in fixed.into_iter().filter(|(_, is_there)| *is_there) {
            wrong.add(field, "FIELD_NOT_WRITABLE", "is what the module states in `metadata.alerts`");
        }
    }
    let settings = change.settings(rule.settings.clone(), &mut wrong);
    let wanted = change.channels.as_ref().map(|asked| draft::channels(asked, &mut wrong));
    for (at, one) in wanted.iter().flatten().enumerate() {
        if matches!(one, Wanted::Kept(id) if known.iter().all(|channel| channel.id != *id)) {
            wrong.add(format!("channels.{at}.id"), "INVALID_VALUE", "is of no channel of this alert");
        }
    }
    wrong.check()?;
    store::update(&mut tx, about.tenant, id, &settings, now).await?;
    let secrets = match wanted {
        Some(wanted) => settle_channels(parts, &mut tx, &rule, &known, wanted, now).await?,
        None => BTreeMap::new(),
    };
    let shown = shown(&mut tx, about, id, secrets).await?;
    record(&mut tx, by, Action::AlertChanged, &shown.rule, &shown.channels, now).await?;
    parts.alerts.tell(&mut tx).await?;
    tx.commit().await?;
    Ok(shown)
}

/// Removes a rule with what is on its way to its webhooks. One that a module states goes with a version that does not.
pub(super) async fn remove(parts: &Parts, about: &About<'_>, by: &Actor, id: &AlertId) -> Result<(), ApiError> {
    let now = parts.clock.now();
    let mut tx = parts.of(about.tenant).begin().await?;
    let rule = find(&mut tx, about, id).await?;
    if rule.source == Source::Module {
        return Err(ApiError::conflict("ALERT_DECLARED", "The workflow's module states this alert.").with_hint("Switch it off with PATCH and `enabled: false`, or deploy a version without it."));
    }
    store::delete(&mut tx, about.tenant, id).await?;
    record(&mut tx, by, Action::AlertRemoved, &rule, &[], now).await?;
    Ok(tx.commit().await?)
}

/// Makes a rule's channels those that are wanted; answers the secrets of new ones.
async fn settle_channels(parts: &Parts, tx: &mut Tx, rule: &Rule, known: &[Channel], wanted: Vec<Wanted>, now: Timestamp) -> Result<BTreeMap<AlertChannelId, Zeroizing<String>>, ApiError> {
    for gone in known.iter().filter(|channel| !wanted.iter().any(|one| matches!(one, Wanted::Kept(id) if *id == channel.id))) {
        store::delete_channel(tx, &rule.tenant, &gone.id).await?;
    }
    let mut secrets = BTreeMap::new();
    for one in wanted {
        let Wanted::New(kind, url) = one else { continue };
        let Made { channel, secret } = channel::make(parts, &rule.tenant, &rule.id, kind, url);
        store::insert_channel(tx, &rule.tenant, &channel, now).await?;
        secrets.extend(secret.map(|secret| (channel.id, secret)));
    }
    Ok(secrets)
}

async fn record(tx: &mut Tx, by: &Actor, action: Action, rule: &Rule, channels: &[Channel], now: Timestamp) -> Result<(), ApiError> {
    let set = &rule.settings;
    let channels: Vec<_> = channels.iter().map(|channel| json!({ "type": channel.kind.as_str(), "host": channel.host })).collect();
    let said = json!({ "name": set.name, "workflow_id": rule.workflow, "condition": set.condition.to_string(), "enabled": set.enabled, "channels": channels });
    audit::record(tx, Some(&rule.tenant), by, Entry::new(action, "alert", &rule.id).meta(said), now).await?;
    Ok(())
}
