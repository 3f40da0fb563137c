//! Which provider is meant: the installation's, or a workspace's own.

use millrace_clock::Timestamp;
use millrace_db::{DbError, Tx};
use millrace_ids::TenantId;

use super::model::{DEFAULT, Provider};
use super::store::{self, StoredProvider};
use crate::app::App;
use crate::config::ClientSecret;
use crate::http::ApiError;
use crate::{sessions, tenants};

/// What secrets of providers are sealed as.
pub(super) const KIND: &str = "identity_provider";

/// The installation's own.
fn installations(app: &App) -> Option<Provider> {
    let own = app.config.sso.as_ref()?;
    Some(Provider {
        word: DEFAULT.to_owned(),
        tenant: None,
        name: own.name.clone(),
        issuer: own.issuer.clone(),
        client_id: own.client_id.clone(),
        client_secret: own.client_secret.clone(),
    })
}

/// The provider of this word, at which people may sign in now.
///
/// # Errors
/// 404: there is none.
pub(super) async fn find(tx: &mut Tx, app: &App, word: &str) -> Result<Provider, ApiError> {
    if word == DEFAULT {
        return installations(app).ok_or_else(unknown);
    }
    let id = word.parse().map_err(|_| unknown())?;
    open(app, store::open_provider_by_id(tx, &id).await?.ok_or_else(unknown)?)
}

/// The provider of this word, at which people may have signed in: that of a closed workspace still says who is to be signed out.
///
/// # Errors
/// 404: there is none.
pub(super) async fn find_even_closed(tx: &mut Tx, app: &App, word: &str) -> Result<Provider, ApiError> {
    if word == DEFAULT {
        return installations(app).ok_or_else(unknown);
    }
    let id = word.parse().map_err(|_| unknown())?;
    open(app, store::provider_by_id(tx, &id).await?.ok_or_else(unknown)?)
}

fn unknown() -> ApiError {
    ApiError::new(http::StatusCode::NOT_FOUND, "NOT_FOUND", "There is no such identity provider.").with_hint("GET /api/v1/auth/sso/providers lists them.")
}

/// A workspace's provider with its secret.
fn open(app: &App, stored: StoredProvider) -> Result<Provider, ApiError> {
    let secret = |sealed: String| {
        let opened = app.keyring.open(&stored.tenant, KIND, stored.id.as_str(), &sealed).map_err(ApiError::internal)?;
        String::from_utf8(opened.to_vec()).map(ClientSecret::new).map_err(|_| ApiError::internal("a client secret is not text"))
    };
    Ok(Provider {
        word: stored.id.to_string(),
        client_secret: stored.sealed_secret.clone().map(secret).transpose()?,
        tenant: Some(stored.tenant.clone()),
        name: stored.name,
        issuer: stored.issuer,
        client_id: stored.client_id,
    })
}

/// Those that a person may choose from: the workspace's own first. A workspace that is unknown has none, as one without.
pub(super) async fn choice(tx: &mut Tx, app: &App, slug: Option<&str>) -> Result<Vec<(String, String)>, DbError> {
    let named = match slug {
        Some(slug) => tenants::by_slug(tx, slug, app.clock.now()).await?,
        None => None,
    };
    let own = match named {
        Some(tenant) => store::open_provider(tx, &tenant).await?,
        None => None,
    };
    let own = own.map(|stored| (stored.id.to_string(), stored.name));
    Ok(own.into_iter().chain(installations(app).map(|provider| (provider.word, provider.name))).collect())
}

/// The word of the provider at which a workspace's people sign in, if there is any.
pub(crate) async fn entrance(tx: &mut Tx, app: &App, tenant: &TenantId) -> Result<Option<String>, DbError> {
    let own = store::provider(tx, tenant).await?.map(|stored| stored.id.to_string());
    Ok(own.or_else(|| app.config.sso.as_ref().map(|_| DEFAULT.to_owned())))
}

/// Ends the sessions that a workspace's own provider vouched for: the workspace is deleted, and nobody answers for them any more.
/// The caller forgets all sessions after the commit.
pub(crate) async fn end_all_sessions(tx: &mut Tx, tenant: &TenantId, now: Timestamp) -> Result<u64, DbError> {
    match store::provider(tx, tenant).await? {
        Some(own) => sessions::revoke_of_provider(tx, own.id.as_str(), None, None, now).await,
        None => Ok(0),
    }
}
