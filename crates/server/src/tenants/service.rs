//! What other slices ask of workspaces.

use millrace_clock::Timestamp;
use millrace_db::{DbError, Tx};
use millrace_ids::TenantId;

use super::model::{AuthMode, Settings};
use super::store;

/// A workspace with its settings.
pub(crate) async fn settings(tx: &mut Tx, tenant: &TenantId) -> Result<Option<Settings>, DbError> {
    store::settings(tx, tenant).await
}

/// The workspace that has this short name, or had it until a while ago.
pub(crate) async fn by_slug(tx: &mut Tx, slug: &str, now: Timestamp) -> Result<Option<TenantId>, DbError> {
    store::by_slug(tx, slug, now).await
}

/// How the members of a workspace sign in: what it decided, or what all of them do.
pub(crate) async fn auth_mode(tx: &mut Tx, settings: &Settings) -> Result<AuthMode, DbError> {
    if let Some(mode) = settings.auth_mode {
        return Ok(mode);
    }
    Ok(match store::providers(tx, &settings.tenant.id).await? {
        (0, 1..) => AuthMode::SsoOnly,
        (1.., 0) => AuthMode::LocalOnly,
        _ => AuthMode::Mixed,
    })
}
