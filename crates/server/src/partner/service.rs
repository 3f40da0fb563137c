//! What partners may read.

use millrace_engine::{Run, RunFilter};
use millrace_ids::{AutomationId, AutomationVersionId, TenantId};

use super::model::Automation;
use super::store;
use crate::app::App;
use crate::http::ApiError;
use crate::identity::Caller;
use crate::rate_limits::Rule;

/// The departments that automations work for.
const DEPARTMENTS: [&str; 6] = ["sales", "marketing", "finance", "hr", "ops", "it"];
const STATUSES: [&str; 2] = ["active", "archived"];

/// Counts the request against what the key and its workspace may ask.
pub(super) fn admit(app: &App, caller: &Caller) -> Result<(), ApiError> {
    app.limits.check(Rule::PartnerKey, caller.by.as_str())?;
    app.limits.check(Rule::PartnerTenant, &caller.tenant)
}

pub(super) async fn automations(
    app: &App,
    tenant: &TenantId,
    status: Option<&str>,
    department: Option<&str>,
    before: Option<&AutomationId>,
    limit: u32,
) -> Result<Vec<Automation>, ApiError> {
    one_of("status", status, &STATUSES)?;
    one_of("department", department, &DEPARTMENTS)?;
    let mut tx = app.of(tenant).read().await?;
    Ok(store::list(&mut tx, tenant, status.unwrap_or_default(), department.unwrap_or_default(), before, limit).await?)
}

fn one_of(name: &str, given: Option<&str>, known: &[&str]) -> Result<(), ApiError> {
    if given.is_none_or(|word| known.contains(&word)) {
        return Ok(());
    }
    let message = format!("is one of {}", known.join(", "));
    Err(ApiError::invalid("INVALID_REQUEST", format!("`{name}` {message}.")).with_field(name, "INVALID_VALUE", message))
}

/// The runs of a version; none while nothing performs it.
pub(super) async fn runs(app: &App, tenant: &TenantId, version: &AutomationVersionId, filter: RunFilter) -> Result<Vec<Run>, ApiError> {
    let mut tx = app.of(tenant).read().await?;
    let installation = store::installation(&mut tx, tenant, version).await?.ok_or_else(|| ApiError::not_found("automation version"))?;
    drop(tx);
    let Some(installation) = installation else { return Ok(Vec::new()) };
    crate::runs::list(app, tenant, &RunFilter { subjects: Some(vec![installation]), ..filter }).await
}
