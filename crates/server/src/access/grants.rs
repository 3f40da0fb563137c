//! Making, changing and revoking grants: the developer's side.

use millrace_clock::Timestamp;
use millrace_ids::{GrantId, TenantId, WorkflowId};
use serde_json::Value;

use super::model::{Grant, GrantKind};
use super::stated::entry;
use super::{code, limits, service, store, value};
use crate::app::App;
use crate::audit::{self, Action};
use crate::http::{ApiError, Page};
use crate::identity::Actor;
use crate::workflows::service as workflows;

/// A grant to be made.
#[derive(Debug, Default)]
pub(super) struct NewGrant {
    pub kind: String,
    /// None: a code is made.
    pub value: Option<String>,
    pub max_installs: Value,
    pub expires_at: Value,
    pub notes: Option<String>,
    /// Allows a domain where everybody gets an address.
    pub force: bool,
}

/// What to change of a grant; what is absent stays, null removes.
#[derive(Debug, Default)]
pub(super) struct Change {
    pub max_installs: Option<Value>,
    pub expires_at: Option<Value>,
    pub notes: Option<Option<String>>,
}

fn invalid(field: &str, message: String) -> ApiError {
    ApiError::invalid("INVALID_GRANT", format!("`{field}`: {message}.")).with_field(field, "INVALID_GRANT", message)
}

fn notes(text: Option<String>) -> Result<Option<String>, ApiError> {
    let text = text.map(|t| t.trim().to_owned()).filter(|t| !t.is_empty());
    match text {
        Some(text) if text.chars().count() > limits::NOTES_CHARS => Err(invalid("notes", format!("at most {} characters", limits::NOTES_CHARS))),
        text => Ok(text),
    }
}

fn expiry(value: &Value, now: Timestamp) -> Result<Option<Timestamp>, ApiError> {
    let at = value::expiry(value).map_err(|message| invalid("expires_at", message))?;
    if at.is_some_and(|at| at <= now) {
        return Err(invalid("expires_at", "is in the past".to_owned()));
    }
    Ok(at)
}

/// The id of a workflow of this workspace. Another one's is not there.
async fn own(app: &App, tenant: &TenantId, workflow: &str) -> Result<WorkflowId, ApiError> {
    let mut tx = app.of(tenant).read().await?;
    Ok(workflows::find(&mut tx, tenant, workflow).await?.id)
}

/// Makes a grant. Answers it, and the code when it is one: it is shown this once.
pub(super) async fn create(app: &App, tenant: &TenantId, by: &Actor, workflow: &str, new: NewGrant) -> Result<(Grant, Option<String>), ApiError> {
    let now = app.clock.now();
    let workflow = own(app, tenant, workflow).await?;
    let named = value::named(&new.kind, new.value.as_deref(), new.force).map_err(|message| invalid("value", message))?;
    let is_code = named.kind == GrantKind::AccessCode;
    let grant = Grant {
        id: GrantId::generate(),
        workflow,
        kind: named.kind,
        value: if is_code { code::hash(&app.keyring, &named.value) } else { named.value.clone() },
        hint: is_code.then(|| code::hint(&named.value)),
        max_installs: value::places(&new.max_installs).map_err(|message| invalid("max_installs", message))?,
        used: 0,
        expires_at: expiry(&new.expires_at, now)?,
        granted_by: by.as_str().to_owned(),
        origin: "api".to_owned(),
        notes: notes(new.notes)?,
        created_at: now,
        revoked_at: None,
    };
    let mut tx = app.of(tenant).begin().await?;
    if store::count(&mut tx, &grant.workflow).await? >= limits::GRANTS {
        return Err(ApiError::conflict("TOO_MANY_GRANTS", format!("A workflow may have {} live grants.", limits::GRANTS)).with_hint("Revoke some, or grant to a domain or an organisation."));
    }
    if !store::insert(&mut tx, &grant).await? {
        return Err(ApiError::conflict("GRANT_EXISTS", format!("There is a live {} grant with this value already.", grant.kind)).with_hint("Change its limits with PATCH, or revoke it first."));
    }
    audit::record(&mut tx, Some(tenant), by, entry(Action::GrantCreated, &grant), now).await?;
    tx.commit().await?;
    // Somebody who was denied a moment ago is not any more.
    app.snapshots.forget(|_, known| known.is_none_or(|i| i.workflow_id == grant.workflow));
    Ok((grant, is_code.then_some(named.value)))
}

/// A page of grants, newest first.
pub(super) async fn list(app: &App, tenant: &TenantId, workflow: &str, with_revoked: bool, before: Option<&GrantId>, limit: u32) -> Result<Page<Grant>, ApiError> {
    let workflow = own(app, tenant, workflow).await?;
    let mut tx = app.of(tenant).read().await?;
    let found = store::list(&mut tx, &workflow, with_revoked, before, limit + 1).await?;
    Ok(Page::from_overfull(found, limit, |grant| grant.id.to_string()))
}

/// Changes a grant's limits.
pub(super) async fn change(app: &App, tenant: &TenantId, by: &Actor, workflow: &str, id: &GrantId, change: Change) -> Result<Grant, ApiError> {
    let now = app.clock.now();
    let workflow = own(app, tenant, workflow).await?;
    let mut tx = app.of(tenant).begin().await?;
    let mut grant = store::get(&mut tx, &workflow, id).await?.filter(|grant| grant.revoked_at.is_none()).ok_or_else(|| ApiError::not_found("grant"))?;
    if let Some(places) = &change.max_installs {
        grant.max_installs = value::places(places).map_err(|message| invalid("max_installs", message))?;
    }
    if let Some(end) = &change.expires_at {
        grant.expires_at = expiry(end, now)?;
    }
    if let Some(text) = change.notes {
        grant.notes = notes(text)?;
    }
    if !store::change(&mut tx, &grant).await? {
        return Err(ApiError::conflict("LIMIT_BELOW_USED", "More people than that have taken this grant up."));
    }
    audit::record(&mut tx, Some(tenant), by, entry(Action::GrantChanged, &grant), now).await?;
    tx.commit().await?;
    service::enforce(app, &workflow).await;
    Ok(grant)
}

/// Takes a grant back. Twice is once. What was installed by it and nothing else stops.
pub(super) async fn revoke(app: &App, tenant: &TenantId, by: &Actor, workflow: &str, id: &GrantId) -> Result<(), ApiError> {
    let now = app.clock.now();
    let workflow = own(app, tenant, workflow).await?;
    let mut tx = app.of(tenant).begin().await?;
    let grant = store::get(&mut tx, &workflow, id).await?.ok_or_else(|| ApiError::not_found("grant"))?;
    if store::revoke(&mut tx, &workflow, id, now).await? {
        audit::record(&mut tx, Some(tenant), by, entry(Action::GrantRevoked, &grant), now).await?;
    }
    tx.commit().await?;
    service::enforce(app, &workflow).await;
    Ok(())
}
