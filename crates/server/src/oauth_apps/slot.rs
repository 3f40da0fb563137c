//! What is known of an installation's slots, read from the database for the pure rule.

use std::collections::BTreeMap;

use millrace_clock::Timestamp;
use millrace_connector::Connector;
use millrace_db::{Tx, sql};
use millrace_ids::{ConnectionId, InstallationId, OAuthAppId, TenantId, VersionId, WorkflowId};

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

const INSTALLATION: &str = "SELECT i.version_id, i.publisher_id, i.credential_source, m.credential_mode FROM installations i \
    LEFT JOIN marketplace_integrations m ON m.id = i.workflow_id WHERE i.tenant_id = $1 AND i.id = $2";
const LISTED: &str = "SELECT credential_mode FROM marketplace_integrations WHERE id = $1";

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
    /// Of a version that somebody installs or has installed. Where the module states no mode, its listing may: `system` there is
    /// nothing but the default.
    fn of(version: &LoadedVersion, installer: &TenantId, publisher: &TenantId, choice: Option<Choice>, listed: Option<CredentialMode>) -> Self {
        let stated = ["credentialMode", "credential_mode"].iter().find_map(|name| version.metadata[*name].as_str());
        Self {
            installer: installer.clone(),
            publisher: publisher.clone(),
            workflow: version.workflow.clone(),
            choice,
            mode: stated.and_then(|text| text.parse().ok()).or(listed.filter(|mode| *mode != CredentialMode::System)),
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
    async fn refused(&self, parts: &Parts, minted: Minted) -> Result<BTreeMap<String, Refusal>, ApiError> {
        let mut refused = BTreeMap::new();
        for (declared, app, is_expired) in minted {
            let Some(connector) = parts.registry.get(&declared) else { continue };
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
        let minted = minted(parts, &self.installer, links).await?;
        let refused = self.refused(parts, minted).await?.into_iter().filter(|(_, refusal)| *refusal != Refusal::CredentialsExpired);
        let Some((declared, refusal)) = refused.into_iter().next() else { return Ok(()) };
        let title = parts.registry.get(&declared).map_or(declared.as_str(), |c| c.title.as_str());
        Err(service::refused(refusal, title).with_field(format!("connections.{declared}"), refusal.code(), refusal.describe(title)))
    }
}

/// Connections that apps made: the service as declared, the app, and whether the connection has ended.
type Minted = Vec<(String, OAuthAppId, bool)>;

async fn minted<'a>(parts: &Parts, tenant: &TenantId, links: impl IntoIterator<Item = (&'a String, &'a ConnectionId)>) -> Result<Minted, ApiError> {
    let mut found = Vec::new();
    let mut tx = parts.of(tenant).read().await?;
    for (declared, id) in links {
        if let Some((app, is_expired)) = connections::minted(&mut tx, tenant, id).await? {
            found.push((declared.clone(), app, is_expired));
        }
    }
    Ok(found)
}

/// Which of an installation's connections must not be used, and why. One that has ended says so by itself.
///
/// # Errors
/// 404, or the database failed.
pub async fn refused(parts: &Parts, tenant: &TenantId, id: &InstallationId, version: &LoadedVersion, links: &BTreeMap<String, ConnectionId>) -> Result<BTreeMap<String, Refusal>, ApiError> {
    let minted = minted(parts, tenant, links).await?;
    if minted.is_empty() {
        return Ok(BTreeMap::new());
    }
    let mut refused = of_version(parts, tenant, id, version).await?.refused(parts, minted).await?;
    refused.retain(|_, refusal| *refusal != Refusal::CredentialsExpired);
    Ok(refused)
}

/// What an installation's row says of its terms.
struct Chosen {
    version: VersionId,
    publisher: TenantId,
    choice: Option<Choice>,
    listed: Option<CredentialMode>,
}

async fn chosen(parts: &Parts, tenant: &TenantId, id: &InstallationId) -> Result<Chosen, ApiError> {
    let row = parts.of(tenant).read().await?.optional(sql(INSTALLATION).bind(tenant.as_str()).bind(id.as_str())).await?;
    let row = row.ok_or_else(|| ApiError::not_found("installation"))?;
    Ok(Chosen {
        version: row.get("version_id")?,
        publisher: row.get::<Option<TenantId>>("publisher_id")?.unwrap_or_else(|| tenant.clone()),
        choice: row.get::<Option<String>>("credential_source")?.and_then(|text| text.parse().ok()),
        listed: row.get::<Option<String>>("credential_mode")?.and_then(|text| text.parse().ok()),
    })
}

/// The terms of an installation that is about to be made.
///
/// # Errors
/// The database failed.
pub async fn of_new(parts: &Parts, tenant: &TenantId, publisher: &TenantId, version: &LoadedVersion, choice: Option<Choice>) -> Result<Terms, ApiError> {
    let row = parts.of(tenant).read().await?.optional(sql(LISTED).bind(version.workflow.as_str())).await?;
    let listed = row.map(|row| row.get::<String>("credential_mode")).transpose()?;
    Ok(Terms::of(version, tenant, publisher, choice, listed.and_then(|text| text.parse().ok())))
}

/// An installation's terms, and the version they are of.
///
/// # Errors
/// 404, or the database failed.
pub async fn of_installation(parts: &Parts, tenant: &TenantId, id: &InstallationId) -> Result<(Terms, std::sync::Arc<LoadedVersion>), ApiError> {
    let chosen = chosen(parts, tenant, id).await?;
    let loaded = workflows::program(parts, &chosen.publisher, &chosen.version).await?;
    Ok((Terms::of(&loaded, tenant, &chosen.publisher, chosen.choice, chosen.listed), loaded))
}

/// The terms of an installation whose version is at hand.
///
/// # Errors
/// 404, or the database failed.
pub async fn of_version(parts: &Parts, tenant: &TenantId, id: &InstallationId, version: &LoadedVersion) -> Result<Terms, ApiError> {
    let chosen = chosen(parts, tenant, id).await?;
    Ok(Terms::of(version, tenant, &chosen.publisher, chosen.choice, chosen.listed))
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
