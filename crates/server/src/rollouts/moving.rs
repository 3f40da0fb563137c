//! The move of one installation to another version, and back.

use millrace_ids::{InstallationId, TenantId};
use serde_json::{Map, Value, json};

use super::limits;
use super::model::{Rollout, UpdateStatus};
use super::plan::{self, Destination, Had, NoPlan};
use super::reach::{self, Noted};
use crate::app::Parts;
use crate::audit::{self, Action, Entry};
use crate::http::ApiError;
use crate::identity::Actor;
use crate::installations::history::Left;
use crate::installations::model::joined;
use crate::installations::switch::{self, Present, Switch, present};
use crate::workflows::LoadedVersion;
use crate::workflows::service as workflows;

/// What became of a move.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Moved {
    /// It has the version now.
    Yes,
    /// It has it already, is pinned, or is gone: nothing was to be done.
    Nothing,
    /// It stays where it is.
    No(NoPlan),
}

/// Somebody who looked at what changes and wants it.
#[derive(Debug, Default)]
pub(super) struct Looked {
    /// Inputs that they fill in.
    pub config: Map<String, Value>,
    /// Connections that they make.
    pub connections: Map<String, Value>,
}

/// Moves an installation to the version of a rollout. Without `looked` it is the sweep's: what stays is noted, and told.
pub(super) async fn advance(parts: &Parts, by: &Actor, rollout: &Rollout, to: &Destination, tenant: &TenantId, id: &InstallationId, looked: Option<&Looked>) -> Result<Moved, ApiError> {
    for _ in 0..limits::MOVE_ATTEMPTS {
        let Some((present, old)) = eligible(parts, rollout, to, tenant, id, looked.is_some()).await? else { return Ok(Moved::Nothing) };
        let planned = plan::plan(parts, tenant, by, &Had::from(&present), &old, to, looked.map(|l| &l.config)).await;
        let plan = match planned {
            Ok(plan) => plan,
            Err(why) => return stays(parts, rollout, tenant, &present, why, looked.is_some()).await,
        };
        let from = present.installation.version.clone();
        let noted = Noted { rollout: &rollout.id, installation: id, tenant, from: &from, to: &rollout.to, status: UpdateStatus::Moved, code: None, message: None };
        let said = json!({ "version_id": rollout.to, "from_version_id": from, "rollout_id": rollout.id, "migrations": plan.scripts });
        let none = Map::new();
        let switch = Switch {
            version: &to.version,
            config: plan.config,
            connections: looked.map_or(&none, |l| &l.connections),
            left: Left { reason: if looked.is_some() { "update" } else { "rollout" }, rollout: Some(&rollout.id), actor: by.as_str() },
            also: vec![noted.query(parts.clock.now())],
            entry: Entry::new(Action::InstallationUpdated, "installation", id).meta(said),
        };
        let shown = Present { installation: present.installation.clone(), links: present.links.clone(), secrets: Default::default() };
        match switch::switch(parts, tenant, by, present, switch).await {
            Ok(true) => return Ok(Moved::Yes),
            Ok(false) => {}
            Err(error) if error.status.is_server_error() || looked.is_some() => return Err(error),
            Err(error) => return stays(parts, rollout, tenant, &shown, refused(&error), false).await,
        }
    }
    Ok(Moved::No(NoPlan::Later("others change the installation all the time".to_owned())))
}

/// What a switch refuses: a connection or an input that only people can give.
fn refused(error: &ApiError) -> NoPlan {
    let code = match error.code.as_str() {
        "CONNECTION_MISSING" => "oauth_provider_added",
        _ => "INVALID_CONFIG",
    };
    NoPlan::Review(code, error.detail.chars().take(limits::MESSAGE_CHARS).collect())
}

/// The installation, if it is still there to be moved, with the version that it has.
async fn eligible(parts: &Parts, rollout: &Rollout, to: &Destination, tenant: &TenantId, id: &InstallationId, by_hand: bool) -> Result<Option<(Present, std::sync::Arc<LoadedVersion>)>, ApiError> {
    let found = match present(parts, tenant, id).await {
        Err(error) if error.status == http::StatusCode::NOT_FOUND => return Ok(None),
        found => found?,
    };
    let mut tx = parts.of(tenant).read().await?;
    let pinned = reach::pin(&mut tx, tenant, id).await?.is_some();
    drop(tx);
    if found.installation.version == rollout.to || found.installation.workflow != rollout.workflow || (pinned && !by_hand) {
        return Ok(None);
    }
    let old = workflows::program(parts, &to.developer, &found.installation.version).await?;
    Ok(Some((found, old)))
}

/// It stays: noted, written into its workspace's log, and told to the developer, together. Who asked for it is answered instead.
async fn stays(parts: &Parts, rollout: &Rollout, tenant: &TenantId, present: &Present, why: NoPlan, by_hand: bool) -> Result<Moved, ApiError> {
    let (status, code, message) = match &why {
        NoPlan::Later(_) => return Ok(Moved::No(why)),
        _ if by_hand => return Ok(Moved::No(why)),
        NoPlan::Failed(code, message) => (UpdateStatus::Failed, *code, message.as_str()),
        NoPlan::Review(code, message) => (UpdateStatus::UpdateRequired, *code, message.as_str()),
    };
    let now = parts.clock.now();
    let installation = &present.installation;
    let noted = Noted { rollout: &rollout.id, installation: &installation.id, tenant, from: &installation.version, to: &rollout.to, status, code: Some(code), message: Some(message) };
    let said = json!({ "version_id": installation.version, "to_version_id": rollout.to, "rollout_id": rollout.id, "status": status, "code": code });
    // The mail goes to another workspace than the note, and neither is to be there without the other.
    let mut tx = parts.platform().begin().await?;
    tx.execute(noted.query(now)).await?;
    if status == UpdateStatus::Failed {
        super::mails::migration_failed(&mut tx, parts, rollout, code, now).await?;
    }
    audit::record(&mut tx, Some(tenant), &Actor::System, Entry::new(Action::InstallationUpdateFailed, "installation", &installation.id).meta(said).failed(), now).await?;
    tx.commit().await?;
    Ok(Moved::No(why))
}

/// Takes an installation back to the version and the configuration that it had before the rollout moved it.
pub(super) async fn retreat(parts: &Parts, by: &Actor, rollout: &Rollout, tenant: &TenantId, id: &InstallationId) -> Result<Moved, ApiError> {
    for _ in 0..limits::MOVE_ATTEMPTS {
        let found = match present(parts, tenant, id).await {
            Err(error) if error.status == http::StatusCode::NOT_FOUND => return Ok(Moved::Nothing),
            found => found?,
        };
        if found.installation.version != rollout.to {
            return Ok(Moved::Nothing);
        }
        let Some((archived, secrets)) = switch::archived(parts, tenant, id, &rollout.id).await? else { return Ok(Moved::Nothing) };
        let old = workflows::program(parts, &rollout.developer, &archived.version).await?;
        let noted = Noted { rollout: &rollout.id, installation: id, tenant, from: &rollout.to, to: &archived.version, status: UpdateStatus::RolledBack, code: None, message: None };
        let said = json!({ "version_id": archived.version, "from_version_id": rollout.to, "rollout_id": rollout.id });
        let none = Map::new();
        let switch = Switch {
            version: &old,
            config: joined(&archived.config, &secrets),
            connections: &none,
            left: Left { reason: "rollback", rollout: Some(&rollout.id), actor: by.as_str() },
            also: vec![noted.query(parts.clock.now())],
            entry: Entry::new(Action::InstallationRolledBack, "installation", id).meta(said),
        };
        let shown = Present { installation: found.installation.clone(), links: found.links.clone(), secrets: Default::default() };
        match switch::switch(parts, tenant, by, found, switch).await {
            Ok(true) => return Ok(Moved::Yes),
            Ok(false) => {}
            Err(error) if error.status.is_server_error() => return Err(error),
            Err(error) => return stays(parts, rollout, tenant, &shown, refused(&error), false).await,
        }
    }
    Ok(Moved::No(NoPlan::Later("others change the installation all the time".to_owned())))
}

