//! What is known of an installation's slots, read from the database for the pure rule.

use std::collections::BTreeMap;

use millrace_clock::Timestamp;
use millrace_connector::Connector;
use millrace_db::{Tx, sql};
use millrace_ids::{ConnectionId, InstallationId, TenantId, VersionId, WorkflowId};

use super::model::{App, Opened, Source};
use super::rule::{self, Choice, Refusal};
use super::{service, store};
use crate::app::Parts;
use crate::connections;
use crate::http::ApiError;
use crate::marketplace::CredentialMode;
use crate::workflows::LoadedVersion;
use crate::workflows::definition::Byoo;
use crate::workflows::service as workflows;

const INSTALLATION: &str = "SELECT workflow_id, version_id, publisher_id, credential_source FROM installations WHERE tenant_id = $1 AND id = $2";
const CHOICE: &str = "SELECT publisher_id, credential_source FROM installations WHERE tenant_id = $1 AND id = $2";

/// What decides about the apps of an installation.
#[derive(Debug, Clone)]
pub struct Terms {
    /// The workspace that installed.
    pub installer: TenantId,
    /// The workspace whose workflow it is.
    pub publisher: TenantId,
    /// The workflow.
    pub workflow: WorkflowId,
    /// What the person who installed chose.
    pub choice: Option<Choice>,
    mode: Option<CredentialMode>,
    byoo: Byoo,
}

impl Terms {
    /// Of a version that somebody installs or has installed.
    pub fn of(version: &LoadedVersion, installer: &TenantId, publisher: &TenantId, choice: Option<Choice>) -> Self {
        let stated = ["credentialMode", "credential_mode"].iter().find_map(|name| version.metadata[*name].as_str());
        Self {
            installer: installer.clone(),
            publisher: publisher.clone(),
            workflow: version.workflow.clone(),
            choice,
            mode: stated.and_then(|text| text.parse().ok()),
            byoo: version.definition.byoo.clone(),
        }
    }

    /// What the workflow says about credentials that organisations bring.
    pub const fn byoo(&self) -> &Byoo {
        &self.byoo
    }

    /// The app of this provider.
    ///
    /// # Errors
    /// The database failed; the inner error is the rule's.
    pub async fn resolve(&self, parts: &Parts, connector: &Connector) -> Result<Result<Opened, Refusal>, ApiError> {
        let found = store::candidates(&mut parts.platform().read().await?, &connector.service, self.workflow.as_str(), &self.installer, &self.publisher).await?;
        let first = |owner: Source| found.iter().map(|s| &s.app).find(|app| app.owner == owner);
        let slot = rule::Slot {
            mode: self.mode,
            byoo: self.byoo.lists(connector),
            choice: self.choice,
            installer: &self.installer,
            organization: first(Source::Organization),
            developer: first(Source::Developer),
            system: first(Source::System),
        };
        let app: &App = match rule::resolve(&slot) {
            Ok(app) => app,
            Err(refusal) => return Ok(Err(refusal)),
        };
        match found.iter().find(|s| s.app.id == app.id) {
            Some(stored) => Ok(Ok(service::open(parts, stored)?)),
            None => Err(ApiError::internal("an app that was found is gone")),
        }
    }

    /// Which of these connections must not serve, and why, by service as declared.
    ///
    /// # Errors
    /// The database failed.
    pub async fn refused(&self, parts: &Parts, links: &BTreeMap<String, ConnectionId>) -> Result<BTreeMap<String, Refusal>, ApiError> {
        let mut minted = Vec::new();
        let mut tx = parts.of(&self.installer).read().await?;
        for (declared, id) in links {
            if let Some((app, is_expired)) = connections::minted(&mut tx, &self.installer, id).await? {
                minted.push((declared, app, is_expired));
            }
        }
        drop(tx);
        let mut refused = BTreeMap::new();
        for (declared, app, is_expired) in minted {
            let Some(connector) = parts.registry.get(declared) else { continue };
            let resolved = self.resolve(parts, connector).await?;
            let resolved = resolved.as_ref().map(|opened| &opened.app).map_err(|refusal| *refusal);
            if let Err(refusal) = rule::may_serve(resolved, Some(&app), is_expired) {
                refused.insert(declared.clone(), refusal);
            }
        }
        Ok(refused)
    }

    /// 409 when one of these connections was made by another client than the one that the workflow uses. One that has ended may be
    /// linked: it is connected again in place.
    ///
    /// # Errors
    /// The codes of [`Refusal`], or the database failed.
    pub async fn check_links<'a>(&self, parts: &Parts, links: impl IntoIterator<Item = (&'a String, &'a ConnectionId)>) -> Result<(), ApiError> {
        let links = links.into_iter().map(|(service, id)| (service.clone(), id.clone())).collect();
        let refused = self.refused(parts, &links).await?.into_iter().filter(|(_, refusal)| *refusal != Refusal::CredentialsExpired);
        let Some((declared, refusal)) = refused.into_iter().next() else { return Ok(()) };
        let title = parts.registry.get(&declared).map_or(declared.as_str(), |c| c.title.as_str());
        Err(service::refused(refusal, title).with_field(format!("connections.{declared}"), refusal.code(), refusal.describe(title)))
    }
}

/// An installation's terms, and the version they are of.
///
/// # Errors
/// 404, or the database failed.
pub async fn of_installation(parts: &Parts, tenant: &TenantId, id: &InstallationId) -> Result<(Terms, std::sync::Arc<LoadedVersion>), ApiError> {
    let row = parts.of(tenant).read().await?.optional(sql(INSTALLATION).bind(tenant.as_str()).bind(id.as_str())).await?;
    let row = row.ok_or_else(|| ApiError::not_found("installation"))?;
    let publisher = row.get::<Option<TenantId>>("publisher_id")?.unwrap_or_else(|| tenant.clone());
    let choice = row.get::<Option<String>>("credential_source")?.and_then(|text| text.parse().ok());
    let version: VersionId = row.get("version_id")?;
    let loaded = workflows::program(parts, &publisher, &version).await?;
    Ok((Terms::of(&loaded, tenant, &publisher, choice), loaded))
}

/// The terms of an installation whose version is at hand.
///
/// # Errors
/// 404, or the database failed.
pub async fn of_version(parts: &Parts, tenant: &TenantId, id: &InstallationId, version: &LoadedVersion) -> Result<Terms, ApiError> {
    let row = parts.of(tenant).read().await?.optional(sql(CHOICE).bind(tenant.as_str()).bind(id.as_str())).await?;
    let row = row.ok_or_else(|| ApiError::not_found("installation"))?;
    let publisher = row.get::<Option<TenantId>>("publisher_id")?.unwrap_or_else(|| tenant.clone());
    let choice = row.get::<Option<String>>("credential_source")?.and_then(|text| text.parse().ok());
    Ok(Terms::of(version, tenant, &publisher, choice))
}

/// The providers for which this organisation has brought an app for a workflow.
///
/// # Errors
/// The database failed.
pub async fn brought(tx: &mut Tx, tenant: &TenantId, workflow: &WorkflowId) -> Result<Vec<String>, ApiError> {
    const BROUGHT: &str = "SELECT provider FROM oauth_apps WHERE tenant_id = $1 AND owner_type = 'organization' AND integration_id = $2";
    let rows = tx.all(sql(BROUGHT).bind(tenant.as_str()).bind(workflow.as_str())).await?;
    Ok(rows.iter().map(|row| row.get("provider")).collect::<Result<_, _>>()?)
}

/// When an instant is, for answers.
pub(super) fn shown(at: Option<Timestamp>) -> Option<String> {
    at.map(|at| at.to_string())
}
