//! The use cases of triggers; all that other slices may call.

use millrace_clock::Timestamp;
use millrace_db::{DbError, Tx};
use millrace_engine::NewRun;
use millrace_engine::schedule::Schedule;
use millrace_ids::{InstallationId, TenantId, TriggerId};
use serde_json::json;
use zeroize::Zeroizing;

use super::model::{Rules, Trigger, TriggerKind};
use super::{register, store};
use crate::app::Parts;
use crate::http::ApiError;

pub use super::register::{Registration, register, remove, suspend, take_secret, would_take_secret};

/// The triggers of an installation.
///
/// # Errors
/// The database failed.
pub async fn of_installation(tx: &mut Tx, tenant: &TenantId, installation: &InstallationId) -> Result<Vec<Trigger>, ApiError> {
    Ok(store::of_installation(tx, tenant, installation).await?)
}

/// The triggers of all installations between two ids, both included: of one page of a list.
///
/// # Errors
/// The database failed.
pub async fn of_installations(tx: &mut Tx, tenant: &TenantId, first: &InstallationId, last: &InstallationId) -> Result<Vec<Trigger>, ApiError> {
    Ok(store::of_installations(tx, tenant, first, last).await?)
}

/// The secrets of a webhook, opened. Has no `Debug`: nothing may print it.
#[allow(missing_debug_implementations)]
pub struct OpenSecrets {
    /// What deliveries are signed with.
    pub signing: Option<Zeroizing<String>>,
    /// What the provider announced and the owner has not confirmed.
    pub pending: Option<Zeroizing<String>>,
}

/// The secrets of a webhook.
///
/// # Errors
/// A stored secret does not open.
pub fn secrets(parts: &Parts, trigger: &Trigger) -> Result<OpenSecrets, ApiError> {
    Ok(OpenSecrets { signing: register::open_secret(parts, trigger)?, pending: register::open_pending(parts, trigger)? })
}

/// Forgets what is in memory of an installation's addresses, after a change was committed.
pub fn forget(parts: &Parts, installation: &InstallationId, ids: &[TriggerId]) {
    parts.addresses.forget(|id, address| ids.contains(id) || address.is_some_and(|a| a.installation == *installation));
}

/// The run that a due schedule starts; `None` when its trigger is gone or paused. The slot is the delivery id, so that
/// however many nodes see it, one run starts.
pub async fn scheduled_run(parts: &Parts, schedule: &Schedule, slot: Timestamp) -> Result<Option<NewRun>, DbError> {
    let Ok(id) = schedule.id.parse::<TriggerId>() else { return Ok(None) };
    let mut tx = parts.of(&schedule.tenant).read().await?;
    // What falls into the time in which a workspace is closed is skipped, as while an installation is paused.
    let Some(store::Bound { trigger, revision, .. }) = store::to_start(&mut tx, &schedule.tenant, &id).await?.filter(|found| found.trigger.active && found.is_open) else { return Ok(None) };
    drop(tx);
    let kind = match (&trigger.rules, trigger.kind) {
        (Rules::Schedule { .. }, _) => TriggerKind::Schedule,
        (Rules::Poll { .. }, _) => TriggerKind::Poll,
        (_, kind) => kind,
    };
    let delivery = format!("slot:{}", slot.micros());
    let mut input = json!({"type": kind.as_str(), "data": {}, "timestamp": slot.millis(), "id": delivery});
    if let Some(service) = &trigger.service {
        input["service"] = service.as_str().into();
    }
    let input = json!({ "trigger": input }).to_string();
    let mut run = NewRun::new(trigger.tenant.clone(), "workflow", trigger.installation.as_str(), trigger.version.as_str(), kind.as_str(), input);
    run.subject_revision = Some(revision);
    run.delivery = Some((trigger.id.to_string(), delivery));
    Ok(Some(run))
}
