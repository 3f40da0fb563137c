//! Bringing an installation's stored triggers and schedules to what its module declares and its inputs say.

use std::collections::BTreeMap;

use millrace_clock::Timestamp;
use millrace_db::Tx;
use millrace_engine::schedule::{self, CatchUp, Schedule, ScheduleError, Spec};
use millrace_ids::{InstallationId, TenantId, TriggerId, VersionId};
use zeroize::Zeroizing;

use super::model::{Planned, Rules, SecretSource, Trigger, TriggerKind};
use super::{limits, store};
use crate::app::Parts;
use crate::http::ApiError;

/// The kind under which signing secrets are sealed.
pub(super) const SEALED_AS: &str = "trigger.signing_secret";
/// The kind under which announced secrets are sealed.
pub(super) const PENDING_AS: &str = "trigger.pending_secret";

/// What an installation's triggers are made from.
#[derive(Debug)]
pub struct Registration<'a> {
    /// Whose they are.
    pub tenant: &'a TenantId,
    /// Which installation's.
    pub installation: &'a InstallationId,
    /// The version that their runs are pinned to.
    pub version: &'a VersionId,
    /// What there should be.
    pub planned: &'a [Planned],
    /// Signing secrets that the installation's connections hold, by service as declared.
    pub of_connections: &'a BTreeMap<String, Zeroizing<String>>,
    /// Signing secrets that the owner sets now, by service, path or trigger id.
    pub by_owner: &'a BTreeMap<String, Zeroizing<String>>,
    /// Whether they start runs from now on.
    pub active: bool,
}

/// Makes rows and schedules fit: what is still declared keeps its id and so its address.
///
/// # Errors
/// The database failed, a schedule is not valid, or `by_owner` names no webhook.
pub async fn register(tx: &mut Tx, parts: &Parts, wanted: &Registration<'_>, now: Timestamp) -> Result<Vec<Trigger>, ApiError> {
    let existing = store::of_installation(tx, wanted.tenant, wanted.installation).await?;
    let mut triggers = Vec::with_capacity(wanted.planned.len());
    for planned in wanted.planned {
        let known = existing.iter().find(|t| t.key == planned.key);
        let trigger = fitted(parts, wanted, planned, known)?;
        match known {
            Some(known) if *known == trigger => {}
            Some(_) => store::update(tx, wanted.tenant, &trigger, now).await?,
            None => store::insert(tx, wanted.tenant, &trigger, now).await?,
        }
        triggers.push(trigger);
    }
    refuse_unused(wanted, &triggers)?;
    for gone in existing.iter().filter(|t| !triggers.iter().any(|kept| kept.id == t.id)) {
        store::delete(tx, wanted.tenant, &gone.id).await?;
    }
    schedule::remove_subject(tx, wanted.tenant, wanted.installation.as_str()).await?;
    for trigger in &mut triggers {
        trigger.next_at = if wanted.active { put_schedule(tx, parts, trigger, now).await? } else { None };
    }
    Ok(triggers)
}

/// Whether webhooks of an installation would be signed with another secret once its connection to `service` holds this one: it does
/// not take the place of what the owner or the module says.
///
/// # Errors
/// A stored secret does not open, or the database failed.
pub async fn would_take_secret(tx: &mut Tx, parts: &Parts, tenant: &TenantId, installation: &InstallationId, service: &str, secret: &str) -> Result<bool, ApiError> {
    for trigger in store::of_installation(tx, tenant, installation).await? {
        if takes(parts, &trigger, service, secret)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Signs the webhooks of an installation with the secret that its connection to `service` holds. Answers whose secret changed.
///
/// # Errors
/// As [`would_take_secret`].
pub async fn take_secret(tx: &mut Tx, parts: &Parts, tenant: &TenantId, installation: &InstallationId, service: &str, secret: &str) -> Result<Vec<TriggerId>, ApiError> {
    let mut changed = Vec::new();
    for mut trigger in store::of_installation(tx, tenant, installation).await? {
        if takes(parts, &trigger, service, secret)? {
            trigger.secret_source = Some(SecretSource::Connection);
            trigger.signing_secret = Some(parts.keyring.seal(tenant, SEALED_AS, trigger.id.as_str(), secret.as_bytes()));
            store::update(tx, tenant, &trigger, parts.clock.now()).await?;
            changed.push(trigger.id);
        }
    }
    Ok(changed)
}

fn takes(parts: &Parts, trigger: &Trigger, service: &str, secret: &str) -> Result<bool, ApiError> {
    let is_signed = trigger.kind == TriggerKind::Webhook && trigger.verified && trigger.service.as_deref() == Some(service);
    Ok(is_signed
        && match trigger.secret_source {
            Some(SecretSource::Owner | SecretSource::Module) => false,
            Some(SecretSource::Connection) => open_secret(parts, trigger)?.is_none_or(|old| *old != secret),
            Some(SecretSource::Generated) | None => true,
        })
}

/// Stops all triggers of an installation; their rows and addresses stay.
///
/// # Errors
/// The database failed.
pub async fn suspend(tx: &mut Tx, tenant: &TenantId, installation: &InstallationId, now: Timestamp) -> Result<(), ApiError> {
    store::set_inactive(tx, tenant, installation, now).await?;
    schedule::remove_subject(tx, tenant, installation.as_str()).await?;
    Ok(())
}

/// Removes all triggers and schedules of an installation.
///
/// # Errors
/// The database failed.
pub async fn remove(tx: &mut Tx, tenant: &TenantId, installation: &InstallationId) -> Result<(), ApiError> {
    store::delete_all(tx, tenant, installation).await?;
    schedule::remove_subject(tx, tenant, installation.as_str()).await?;
    Ok(())
}

fn fitted(parts: &Parts, wanted: &Registration<'_>, planned: &Planned, known: Option<&Trigger>) -> Result<Trigger, ApiError> {
    let mut trigger = Trigger {
        id: known.map_or_else(TriggerId::generate, |t| t.id.clone()),
        tenant: wanted.tenant.clone(),
        installation: wanted.installation.clone(),
        key: planned.key.clone(),
        kind: planned.kind,
        service: planned.service.clone(),
        path: planned.path.clone(),
        version: wanted.version.clone(),
        rules: planned.rules.clone(),
        verified: planned.verified,
        secret_source: known.and_then(|t| t.secret_source),
        signing_secret: known.and_then(|t| t.signing_secret.clone()),
        pending_secret: known.and_then(|t| t.pending_secret.clone()),
        active: wanted.active,
        next_at: known.and_then(|t| t.next_at),
    };
    if trigger.kind == TriggerKind::Webhook && trigger.verified {
        fit_secret(parts, wanted, planned, &mut trigger)?;
    } else {
        (trigger.secret_source, trigger.signing_secret, trigger.pending_secret) = (None, None, None);
    }
    Ok(trigger)
}

/// The owner's word first, then the module's, then the connection's; otherwise one of ours, which stays.
fn fit_secret(parts: &Parts, wanted: &Registration<'_>, planned: &Planned, trigger: &mut Trigger) -> Result<(), ApiError> {
    let by_owner = owner_names(trigger).into_iter().find_map(|name| wanted.by_owner.get(name));
    let of_connection = trigger.service.as_ref().and_then(|service| wanted.of_connections.get(service));
    let stays = |source| trigger.secret_source == Some(source) && trigger.signing_secret.is_some();
    let fresh;
    let (source, secret) = if let Some(secret) = by_owner {
        check_text(secret)?;
        trigger.pending_secret = None;
        (SecretSource::Owner, secret)
    } else if stays(SecretSource::Owner) {
        return Ok(());
    } else if let Some(secret) = &planned.secret {
        (SecretSource::Module, secret)
    } else if let Some(secret) = of_connection {
        (SecretSource::Connection, secret)
    } else if stays(SecretSource::Generated) {
        return Ok(());
    } else {
        fresh = generated();
        (SecretSource::Generated, &fresh)
    };
    // Sealing is random: what did not change keeps its ciphertext, so that nothing is written for it.
    let same = trigger.secret_source == Some(source) && open_secret(parts, trigger)?.is_some_and(|old| *old == **secret);
    if !same {
        trigger.secret_source = Some(source);
        trigger.signing_secret = Some(parts.keyring.seal(&trigger.tenant, SEALED_AS, trigger.id.as_str(), secret.as_bytes()));
    }
    Ok(())
}

fn owner_names(trigger: &Trigger) -> Vec<&str> {
    [Some(trigger.id.as_str()), trigger.service.as_deref(), trigger.path.as_deref()].into_iter().flatten().collect()
}

fn refuse_unused(wanted: &Registration<'_>, triggers: &[Trigger]) -> Result<(), ApiError> {
    let webhooks = || triggers.iter().filter(|t| t.kind == TriggerKind::Webhook && t.verified);
    for name in wanted.by_owner.keys() {
        if !webhooks().any(|t| owner_names(t).contains(&name.as_str())) {
            let known: Vec<&str> = webhooks().filter_map(|t| t.service.as_deref().or(t.path.as_deref())).collect();
            let message = match known.as_slice() {
                [] => "the workflow has no webhook that is signed".to_owned(),
                known => format!("the workflow has no such webhook; it has {}", known.join(", ")),
            };
            return Err(ApiError::invalid("UNKNOWN_WEBHOOK", format!("`{name}`: {message}.")).with_field(format!("webhook_secrets.{name}"), "UNKNOWN_WEBHOOK", message));
        }
    }
    Ok(())
}

fn check_text(secret: &str) -> Result<(), ApiError> {
    if secret.is_empty() || secret.len() > limits::SECRET_TEXT || secret.chars().any(char::is_control) {
        let message = format!("a signing secret is a text of 1 to {} bytes", limits::SECRET_TEXT);
        return Err(ApiError::invalid("INVALID_REQUEST", format!("`webhook_secrets`: {message}.")).with_field("webhook_secrets", "INVALID_VALUE", message));
    }
    Ok(())
}

/// Plain hex: whoever signs may use the text as it is, whatever library they have.
fn generated() -> Zeroizing<String> {
    Zeroizing::new(hex::encode(rand::random::<[u8; limits::SECRET_BYTES]>()))
}

/// The signing secret of a trigger, opened.
pub(super) fn open_secret(parts: &Parts, trigger: &Trigger) -> Result<Option<Zeroizing<String>>, ApiError> {
    open(parts, trigger, SEALED_AS, trigger.signing_secret.as_deref())
}

/// The announced secret of a trigger, opened.
pub(super) fn open_pending(parts: &Parts, trigger: &Trigger) -> Result<Option<Zeroizing<String>>, ApiError> {
    open(parts, trigger, PENDING_AS, trigger.pending_secret.as_deref())
}

fn open(parts: &Parts, trigger: &Trigger, kind: &str, sealed: Option<&str>) -> Result<Option<Zeroizing<String>>, ApiError> {
    let Some(sealed) = sealed else { return Ok(None) };
    let bytes = parts.keyring.open(&trigger.tenant, kind, trigger.id.as_str(), sealed).map_err(ApiError::internal)?;
    let text = std::str::from_utf8(&bytes).map_err(|_| ApiError::internal("a signing secret is not text"))?;
    Ok(Some(Zeroizing::new(text.to_owned())))
}

/// Stores when a trigger starts runs by itself, if it does, and answers its first slot.
async fn put_schedule(tx: &mut Tx, parts: &Parts, trigger: &Trigger, now: Timestamp) -> Result<Option<Timestamp>, ApiError> {
    let (spec, timezone, catch_up) = match &trigger.rules {
        Rules::Schedule { cron, timezone, catch_up } => (Spec::Cron(cron.clone()), timezone.clone(), catch_up.parse().unwrap_or(CatchUp::Latest)),
        // Of the polls that were missed only the next one matters.
        Rules::Poll { every_s } => (Spec::Every(*every_s), "UTC".to_owned(), CatchUp::Latest),
        Rules::Webhook { .. } | Rules::Manual => return Ok(None),
    };
    let schedule = Schedule {
        id: trigger.id.to_string(),
        tenant: trigger.tenant.clone(),
        subject: trigger.installation.to_string(),
        spec,
        timezone,
        catch_up,
        next_at: None,
    };
    match schedule::put(tx, &schedule, parts.config.work.schedule_spread, now).await {
        Ok(next) => Ok(Some(next)),
        Err(ScheduleError::Db(error)) => Err(error.into()),
        Err(error) => Err(ApiError::invalid("INVALID_CRON", error.to_string()).with_field("trigger.cron", "INVALID_CRON", error.to_string())),
    }
}
