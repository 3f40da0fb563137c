//! Making, listing and ending API keys: flow 5.

use millrace_clock::Timestamp;
use millrace_db::{DbError, Tx};
use millrace_ids::{ApiKeyId, TenantId, UserId};
use serde_json::json;

use super::check;
use super::limits::{LONGEST, NAME_CHARS};
use super::model::{ApiKey, KeyGrant, NewApiKey};
use super::{ApiKeyText, store};
use crate::app::App;
use crate::audit::{self, Action, Entry};
use crate::http::{ApiError, current_origin};
use crate::identity::{Caller, Permission, Scope};
use crate::mail::Template;
use crate::rate_limits::Rule;

/// A key as a person asks for it.
#[derive(Debug)]
pub(super) struct Asked {
    pub name: String,
    pub scopes: Vec<Scope>,
    pub expires_at: Option<Timestamp>,
}

impl Asked {
    /// # Errors
    /// 400 `INVALID_REQUEST` with every field that is wrong.
    fn checked(mut self, now: Timestamp) -> Result<Self, ApiError> {
        let mut error = ApiError::invalid("INVALID_REQUEST", "The key cannot be made like this.");
        self.name = self.name.trim().to_owned();
        if self.name.is_empty() || self.name.chars().count() > NAME_CHARS || self.name.contains('\0') {
            error = error.with_field("name", "INVALID_VALUE", format!("has 1 to {NAME_CHARS} characters"));
        }
        self.scopes.sort_unstable();
        self.scopes.dedup();
        if self.scopes.is_empty() {
            error = error.with_field("permissions", "INVALID_VALUE", "needs at least one scope");
        }
        if self.expires_at.is_some_and(|end| end <= now || end > now.plus(LONGEST)) {
            error = error.with_field("expires_at", "INVALID_VALUE", "is in the future, at most 365 days from now");
        }
        if error.errors.is_empty() { Ok(self) } else { Err(error) }
    }
}

/// Makes a key; its text is shown this once.
pub(super) async fn create(app: &App, caller: &Caller, asked: Asked) -> Result<(ApiKey, ApiKeyText), ApiError> {
    app.limits.check(Rule::CreateApiKey, &caller.tenant)?;
    let now = app.clock.now();
    let asked = asked.checked(now)?;
    within_level(caller, &asked.scopes)?;
    let words: Vec<&str> = asked.scopes.iter().map(|s| s.as_str()).collect();
    let meta = json!({"name": asked.name, "permissions": words, "expires_at": asked.expires_at.map(|t| t.to_string())});
    let new = NewApiKey { name: asked.name, grant: KeyGrant::Scopes(asked.scopes.clone()), expires_at: asked.expires_at, created_by: caller.by.user().cloned() };
    let mut tx = app.of(&caller.tenant).begin().await?;
    let text = check::insert(&mut tx, &caller.tenant, &new, now).await?;
    let made = store::get(&mut tx, &caller.tenant, text.id()).await?.ok_or_else(|| ApiError::internal("a key that was just made is gone"))?;
    let template = Template::ApiKeyCreated {
        workspace: store::workspace_name(&mut tx, &caller.tenant).await?,
        name: made.name.clone(),
        last4: text.last4().to_owned(),
        scopes: words.iter().map(|&w| w.to_owned()).collect(),
        by: store::person(&mut tx, caller.by.user()).await?,
        ip: current_origin().ip.map(|ip| ip.to_canonical().to_string()),
        expires_at: made.expires_at,
        at: now,
        keys_url: format!("{}/app/settings/api-keys", app.config.public_url()),
    };
    tell(app, &mut tx, &caller.tenant, &made, &template, now).await?;
    audit::record(&mut tx, Some(&caller.tenant), &caller.by, Entry::new(Action::ApiKeyCreated, "api_key", &made.id).meta(meta), now).await?;
    tx.commit().await?;
    Ok((made, text))
}

/// Nobody hands out what they do not have. Checked once: a key keeps its scopes when its maker loses a role.
fn within_level(caller: &Caller, scopes: &[Scope]) -> Result<(), ApiError> {
    let missing: Vec<&str> = scopes.iter().filter(|s| !caller.permissions.covers(s.permissions())).map(|s| s.as_str()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let detail = format!("The role `{}` may not give a key these scopes: {}.", caller.role.as_str(), missing.join(", "));
    Err(caller.refused(&missing.join(", "), detail))
}

/// Whose keys the caller sees: everybody's (`None`) or their own.
fn sees_of(caller: &Caller) -> Option<&UserId> {
    if caller.may(Permission::ApiKeysManage) { None } else { caller.by.user() }
}

pub(super) async fn list(app: &App, caller: &Caller, before: Option<&ApiKeyId>, limit: u32) -> Result<Vec<ApiKey>, DbError> {
    store::list(&mut app.of(&caller.tenant).read().await?, &caller.tenant, sees_of(caller), before, limit).await
}

/// Ends a key. A second time changes nothing and is not an error.
pub(super) async fn revoke(app: &App, caller: &Caller, id: &ApiKeyId) -> Result<(), ApiError> {
    let now = app.clock.now();
    let mut tx = app.of(&caller.tenant).begin().await?;
    let key = store::get(&mut tx, &caller.tenant, id).await?.ok_or_else(|| ApiError::not_found("API key"))?;
    if sees_of(caller).is_some_and(|own| key.created_by.as_ref() != Some(own)) {
        return Err(caller.refused(Permission::ApiKeysManage.as_str(), "Somebody else made this key; only who has `api_keys.manage` may revoke it."));
    }
    if store::revoke(&mut tx, &caller.tenant, id, caller.by.user(), now).await? {
        let template = Template::ApiKeyRevoked {
            workspace: store::workspace_name(&mut tx, &caller.tenant).await?,
            name: key.name.clone(),
            last4: key.last4.clone().unwrap_or_default(),
            by: store::person(&mut tx, caller.by.user()).await?,
            at: now,
        };
        tell(app, &mut tx, &caller.tenant, &key, &template, now).await?;
        audit::record(&mut tx, Some(&caller.tenant), &caller.by, Entry::new(Action::ApiKeyRevoked, "api_key", id).meta(json!({"name": key.name})), now).await?;
        tx.commit().await?;
    }
    app.keys.forget(id);
    Ok(())
}

/// Queues a mail to the key's maker and to those who run the workspace.
async fn tell(app: &App, tx: &mut Tx, tenant: &TenantId, key: &ApiKey, template: &Template, now: Timestamp) -> Result<(), DbError> {
    for address in store::told(tx, tenant, key.created_by.as_ref()).await? {
        app.mail.queue(tx, Some(tenant), &address, template, key.id.as_str(), now).await?;
    }
    Ok(())
}
