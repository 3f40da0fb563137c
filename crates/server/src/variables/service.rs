//! The use cases of variables; all that other slices may call.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use millrace_clock::Timestamp;
use millrace_db::{DbError, Tx};
use millrace_ids::{InstallationId, TenantId, WorkflowId};
use serde_json::json;
use zeroize::Zeroizing;

use super::model::{self, Variable};
use super::{limits, store};
use crate::app::Parts;
use crate::audit::{self, Action, Entry};
use crate::http::ApiError;
use crate::identity::Actor;
use crate::installations::model as installation;
use crate::installations::service as installations;
use crate::workflows::field::is_named_secret;
use crate::workflows::model::Workflow;
use crate::workflows::service as workflows;

/// The kind under which secrets are sealed.
const SEALED_AS: &str = "workflow.variable";

/// A value for a variable.
#[derive(Debug)]
pub struct NewValue {
    /// The text.
    pub value: Zeroizing<String>,
    /// Whether it is a secret. Not said: it stays what it is, and a new one is a secret if its name says so.
    pub secret: Option<bool>,
}

/// A workflow's variables by name.
///
/// # Errors
/// 404 when the tenant has no such workflow.
pub async fn list(parts: &Parts, tenant: &TenantId, workflow: &str) -> Result<Vec<Variable>, ApiError> {
    let mut tx = parts.of(tenant).read().await?;
    let workflow = workflows::find(&mut tx, tenant, workflow).await?;
    Ok(store::list(&mut tx, tenant, &workflow.id).await?)
}

/// As [`list`], in the caller's transaction and by id.
///
/// # Errors
/// The database failed.
pub async fn of_workflow(tx: &mut Tx, tenant: &TenantId, workflow: &WorkflowId) -> Result<Vec<Variable>, DbError> {
    store::list(tx, tenant, workflow).await
}

/// As [`of_workflow`], of whoever published the workflow.
///
/// # Errors
/// The database failed.
pub async fn of_published(parts: &Parts, publisher: &TenantId, workflow: &WorkflowId) -> Result<Vec<Variable>, DbError> {
    let mut tx = parts.of(publisher).read().await?;
    store::list(&mut tx, publisher, workflow).await
}

/// The value of a variable in the clear.
///
/// # Errors
/// It does not open with this server's key.
pub fn open(parts: &Parts, tenant: &TenantId, workflow: &WorkflowId, variable: &Variable) -> Result<Zeroizing<String>, ApiError> {
    if !variable.secret {
        return Ok(Zeroizing::new(variable.value.clone()));
    }
    let bytes = parts.keyring.open(tenant, SEALED_AS, &sealed_for(workflow, &variable.name), &variable.value).map_err(ApiError::internal)?;
    let text = std::str::from_utf8(&bytes).map_err(|_| ApiError::internal("a sealed variable is not text"))?;
    Ok(Zeroizing::new(text.to_owned()))
}

/// Hosts of the http(s) addresses among variables, sealed ones included: an incoming webhook of a chat is both.
///
/// # Errors
/// One does not open with this server's key.
pub fn hosts_of(parts: &Parts, tenant: &TenantId, workflow: &WorkflowId, variables: &[Variable]) -> Result<BTreeSet<String>, ApiError> {
    let mut texts = serde_json::Map::new();
    for variable in variables {
        texts.insert(variable.name.clone(), open(parts, tenant, workflow, variable)?.as_str().into());
    }
    Ok(installation::hosts_of(&texts))
}

/// Sets a variable. Runs that were accepted before go on with what it was; of a secret they are given the new value.
///
/// Answers the variable, and whether it is new.
///
/// # Errors
/// 404 for the workflow; 400 `INVALID_VARIABLE`, `TOO_MANY_VARIABLES`.
pub async fn set(parts: &Parts, tenant: &TenantId, by: &Actor, workflow: &str, name: &str, new: &NewValue) -> Result<(Variable, bool), ApiError> {
    model::check_name(name)?;
    let now = parts.clock.now();
    let mut change = Change::begin(parts, tenant, workflow).await?;
    let known = change.before.iter().find(|v| v.name == name).cloned();
    let secret = new.secret.unwrap_or_else(|| known.as_ref().map_or_else(|| is_named_secret(name), |v| v.secret));
    model::check_value(&new.value, secret)?;
    let value = if secret {
        parts.keyring.seal(tenant, SEALED_AS, &sealed_for(&change.workflow.id, name), new.value.as_bytes())
    } else {
        new.value.to_string()
    };
    let made = Variable { name: name.to_owned(), secret, value, created_at: known.as_ref().map_or(now, |v| v.created_at), updated_at: now };
    let mut after = change.before.clone();
    match after.binary_search_by(|v| order(v, name)) {
        Ok(at) => after[at] = made.clone(),
        Err(at) => after.insert(at, made.clone()),
    }
    check_all(&after)?;
    change.keep(&after, now).await?;
    store::put(&mut change.tx, tenant, &change.workflow.id, &made).await?;
    let said = json!({ "name": name, "secret": secret });
    change.commit(by, Action::VariableSet, said, now).await?;
    Ok((made, known.is_none()))
}

/// Forgets a variable: for runs that are accepted from now on it is undefined. The value of a secret is gone at once.
///
/// # Errors
/// 404 for the workflow or the variable.
pub async fn unset(parts: &Parts, tenant: &TenantId, by: &Actor, workflow: &str, name: &str) -> Result<(), ApiError> {
    let now = parts.clock.now();
    let mut change = Change::begin(parts, tenant, workflow).await?;
    let mut after = change.before.clone();
    let at = after.binary_search_by(|v| order(v, name)).map_err(|_| ApiError::not_found("variable"))?;
    let gone = after.remove(at);
    change.keep(&after, now).await?;
    store::delete(&mut change.tx, tenant, &change.workflow.id, name).await?;
    let said = json!({ "name": name, "secret": gone.secret });
    change.commit(by, Action::VariableRemoved, said, now).await
}

fn order(variable: &Variable, name: &str) -> Ordering {
    variable.name.as_str().cmp(name)
}

fn sealed_for(workflow: &WorkflowId, name: &str) -> String {
    format!("{workflow}/{name}")
}

fn check_all(variables: &[Variable]) -> Result<(), ApiError> {
    let refused = |detail: String| Err(ApiError::invalid("TOO_MANY_VARIABLES", detail).with_hint("Unset what the workflow does not read any more."));
    if variables.len() > limits::VARIABLES {
        return refused(format!("A workflow may have {} variables.", limits::VARIABLES));
    }
    if variables.iter().map(|v| v.value.len()).sum::<usize>() > limits::ALL_BYTES {
        return refused(format!("All variables of a workflow together may have {} bytes; sealed ones count a third more than their text.", limits::ALL_BYTES));
    }
    Ok(())
}

/// A change of a workflow's variables, alone with them until it commits.
struct Change<'a> {
    parts: &'a Parts,
    tenant: &'a TenantId,
    workflow: Workflow,
    tx: Tx,
    before: Vec<Variable>,
    /// Installations that have a new revision because of it.
    revised: Vec<(TenantId, InstallationId)>,
}

impl<'a> Change<'a> {
    async fn begin(parts: &'a Parts, tenant: &'a TenantId, workflow: &str) -> Result<Self, ApiError> {
        // The platform's: other workspaces may have installed the workflow, and their runs see its variables.
        let mut tx = parts.platform().begin().await?;
        let workflow = workflows::find(&mut tx, tenant, workflow).await?;
        // No other change, and no new installation, until this one is done.
        workflows::hold(&mut tx, tenant, &workflow.id).await?;
        let before = store::list(&mut tx, tenant, &workflow.id).await?;
        Ok(Self { parts, tenant, workflow, tx, before, revised: Vec::new() })
    }

    /// Keeps what runs have seen until now, if they are to see something else: to be called before it is changed.
    async fn keep(&mut self, after: &[Variable], now: Timestamp) -> Result<(), ApiError> {
        if model::seen(&self.before) != model::seen(after) {
            self.revised = installations::revise(&mut self.tx, self.tenant, &self.workflow.id, now).await?;
        }
        Ok(())
    }

    async fn commit(mut self, by: &Actor, action: Action, said: serde_json::Value, now: Timestamp) -> Result<(), ApiError> {
        audit::record(&mut self.tx, Some(self.tenant), by, Entry::new(action, "workflow", &self.workflow.id).meta(said), now).await?;
        self.tx.commit().await?;
        installations::revised(self.parts, &self.workflow.id, &self.revised, now).await;
        Ok(())
    }
}
