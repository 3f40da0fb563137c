//! People, keys and staff for tests of this crate.
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use millrace_clock::Timestamp;
use millrace_db::{Tx, sql};
use millrace_ids::{SessionId, TenantId, UserId};

use super::{Role, Scope};
use crate::api_keys::{self, KeyGrant, NewApiKey};
use crate::app::App;
use crate::memberships;
use crate::passwords::Password;
use crate::sessions::{self, Facts, Method, NewSession};
use crate::sign_in::fixture::PASSWORD;
use crate::users::{self, AuthProvider, EmailAddress, NewUser, UserStatus};

/// A person who is signed in.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub user: UserId,
    pub session: SessionId,
    /// The access token.
    pub token: String,
    pub email: String,
}

/// A person without a workspace, whose password is [`PASSWORD`]; with `verified` their address is known to be theirs.
pub(crate) async fn user(app: &App, verified: bool) -> (UserId, String) {
    let text = format!("{}@example.com", UserId::generate());
    let email: EmailAddress = text.parse().unwrap();
    let hash = app.passwords.hash(&Password::new(PASSWORD.to_owned())).await.unwrap();
    let new = NewUser { email: &email, auth_provider: AuthProvider::Local, email_verified: verified, password_hash: Some(&hash), status: UserStatus::Active };
    let id = within(app, async |tx| users::insert(tx, &new, app.clock.now()).await.unwrap().unwrap()).await;
    (id, email.as_str().to_owned())
}

/// Signs a person in, in this workspace or in none.
pub(crate) async fn sign_in(app: &App, user: &UserId, email: &str, tenant: Option<&TenantId>) -> Person {
    let new = NewSession { id: SessionId::generate(), user, tenant, method: Method::Password, picker_pending: false, facts: &Facts::default() };
    let begun = within(app, async |tx| sessions::start(tx, new, app.clock.now()).await.unwrap()).await;
    let started = sessions::started(app, &begun).await.unwrap();
    Person { user: user.clone(), session: started.session, token: started.access_token.to_string(), email: email.to_owned() }
}

/// A new member of a workspace, signed in there.
pub(crate) async fn member(app: &App, tenant: &TenantId, role: Role) -> Person {
    let (id, email) = user(app, true).await;
    within(app, async |tx| memberships::add(tx, tenant, &id, role, app.clock.now()).await.unwrap()).await;
    sign_in(app, &id, &email, Some(tenant)).await
}

/// A key with these scopes that ends in `ends` from now.
pub(crate) async fn scoped_key(app: &App, tenant: &TenantId, scopes: &[Scope], ends: Option<Duration>) -> api_keys::ApiKeyText {
    let now = app.clock.now();
    let expires_at: Option<Timestamp> = ends.map(|ends| now.plus(ends));
    let new = NewApiKey { name: "test".to_owned(), grant: KeyGrant::Scopes(scopes.to_vec()), expires_at, created_by: None };
    within(app, async |tx| api_keys::insert(tx, tenant, &new, now).await.unwrap()).await
}

/// Does something in a transaction of its own.
pub(crate) async fn within<T>(app: &App, work: impl AsyncFnOnce(&mut Tx) -> T) -> T {
    let mut tx = app.platform().begin().await.unwrap();
    let done = work(&mut tx).await;
    tx.commit().await.unwrap();
    done
}

/// One statement with texts for arguments.
pub(crate) async fn execute(app: &App, statement: &'static str, arguments: &[&str]) {
    within(app, async |tx| {
        let bound = arguments.iter().fold(sql(statement), |bound, argument| bound.bind(*argument));
        tx.execute(bound).await.unwrap();
    })
    .await;
}
