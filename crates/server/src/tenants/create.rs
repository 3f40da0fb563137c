//! Making a workspace: the row, its owner, its settings, and the session that goes on in it.

use millrace_clock::Timestamp;
use millrace_db::{DbError, Tx};
use millrace_ids::TenantId;
use serde_json::json;
use zeroize::Zeroizing;

use super::model::{Kind, Tenant};
use super::{Slug, store};
use crate::app::App;
use crate::audit::{self, Action, Entry};
use crate::http::ApiError;
use crate::identity::{Role, User};
use crate::mail::Template;
use crate::users::{self, AuthProvider, UserRecord};
use crate::{memberships, sessions};

/// Characters of a workspace's name.
pub(super) const NAME: usize = 100;

/// A workspace to be made.
pub(super) struct NewWorkspace {
    pub name: String,
    pub slug: Slug,
    pub kind: Kind,
    /// Whether the person must not have one yet.
    pub first: bool,
}

/// A name as people write it.
pub(super) fn name(text: &str) -> Result<String, ApiError> {
    let text = text.trim();
    if (1..=NAME).contains(&text.chars().count()) && !text.chars().any(char::is_control) {
        return Ok(text.to_owned());
    }
    let message = format!("has 1 to {NAME} characters, none of them control characters");
    Err(ApiError::invalid("INVALID_NAME", format!("The name of a workspace {message}.")).with_field("workspace_name", "INVALID_NAME", message))
}

/// Makes a workspace whose owner is this person, and moves the session into it. Answers with the next access token.
pub(super) async fn create(app: &App, user: &User, new: NewWorkspace) -> Result<(Tenant, Zeroizing<String>), ApiError> {
    let now = app.clock.now();
    let mut tx = app.platform().begin().await?;
    // Of two first workspaces that are asked for at once, one is made.
    let person = users::lock(&mut tx, user.id()).await?.ok_or_else(ApiError::unauthorized)?;
    let places = memberships::list_of_user(&mut tx, user.id()).await?;
    if new.first && !places.is_empty() {
        return Err(ApiError::conflict("WORKSPACE_MEMBERSHIP_EXISTS", "You belong to a workspace already.").with_hint("POST /api/v1/workspaces makes further ones."));
    }
    if new.kind == Kind::Personal && store::has_personal(&mut tx, user.id()).await? {
        return Err(ApiError::conflict("WORKSPACE_MEMBERSHIP_EXISTS", "You have a personal workspace already."));
    }
    let tenant = Tenant { id: TenantId::generate(), slug: new.slug.as_str().to_owned(), name: new.name, kind: new.kind, created_at: now };
    if store::is_taken(&mut tx, None, &new.slug, now).await? || !store::insert(&mut tx, &tenant).await? {
        return Err(slug_taken(&mut tx, &new.slug, now).await?);
    }
    store::insert_settings(&mut tx, &tenant.id, now).await?;
    memberships::add(&mut tx, &tenant.id, user.id(), Role::Owner, now).await?;
    users::update_active_tenant(&mut tx, user.id(), &tenant.id).await?;
    sessions::switch_in(&mut tx, user.id(), user.session(), &tenant.id).await?.ok_or_else(ApiError::unauthorized)?;
    app.mail.queue(&mut tx, Some(&tenant.id), person.email.as_str(), &welcome(app, &person, &tenant), tenant.id.as_str(), now).await?;
    let entry = Entry::new(Action::WorkspaceCreated, "workspace", &tenant.id).meta(json!({"name": tenant.name, "slug": tenant.slug, "kind": tenant.kind.as_str()}));
    audit::record(&mut tx, Some(&tenant.id), &user.actor(), entry, now).await?;
    tx.commit().await?;
    app.sessions.forget_user(user.id());
    let token = sessions::access_token(app, user.id(), user.session(), Some(&tenant.id)).await?;
    Ok((tenant, token))
}

fn welcome(app: &App, person: &UserRecord, tenant: &Tenant) -> Template {
    let name = Some(person.name.clone()).filter(|name| !name.is_empty());
    let open_url = app.config.auth.workspace_url(&app.config.public_url(), &tenant.slug);
    match person.auth_provider {
        AuthProvider::Local => Template::Welcome { name, open_url },
        AuthProvider::Idp => Template::WelcomeSso { name, workspace: Some(tenant.name.clone()), open_url },
    }
}

/// 409, with names that are free at this moment.
pub(super) async fn slug_taken(tx: &mut Tx, slug: &Slug, now: Timestamp) -> Result<ApiError, DbError> {
    let mut free = Vec::new();
    for other in slug.alternatives() {
        if !store::is_taken(tx, None, &other, now).await? {
            free.push(other.as_str().to_owned());
        }
    }
    Ok(ApiError::conflict("SLUG_TAKEN", format!("The short name `{}` is taken.", slug.as_str())).with_field("workspace_slug", "SLUG_TAKEN", "is taken").with_suggestions(free))
}
