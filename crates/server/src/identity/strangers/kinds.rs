//! Everybody who could come: nobody, people of each role, keys of each scope, what has ended, what is half open, staff.

use std::time::Duration;

use millrace_ids::{TenantId, UserId};
use serde_json::json;

use crate::identity::people::{self, execute};
use crate::identity::{Permissions, Role, Scope, StaffRole};
use crate::installations::fixture::{Bench, OPERATOR};

/// How a request proves who makes it.
#[derive(Debug, Clone)]
pub(super) enum Proof {
    Nothing,
    Key(String),
    /// Somebody who signs in anew each time: some routes end the session that calls them.
    Session { user: UserId, email: String, tenant: Option<TenantId>, access: Option<String> },
    Token(String),
}

/// One kind of caller, and what it is known to be.
pub(super) struct Kind {
    pub name: String,
    pub proof: Proof,
    pub is: Is,
}

/// What the server must take a caller for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Is {
    /// Nobody it knows: no credential, or one that has ended.
    Nobody,
    Operator,
    /// A key with these permissions.
    Key(Permissions),
    /// A key of a workspace that is closed.
    ClosedKey,
    /// A person; with `permissions`, in a workspace that is open to them.
    Person { verified: bool, staff: Option<StaffRole>, permissions: Option<Permissions> },
}

/// A person of this role in this workspace.
pub(super) async fn person(bench: &Bench, tenant: &TenantId, role: Role) -> Kind {
    let person = people::member(&bench.app, tenant, role).await;
    let proof = Proof::Session { user: person.user, email: person.email, tenant: Some(tenant.clone()), access: None };
    Kind { name: format!("the {} of {tenant}", role.as_str()), proof, is: Is::Person { verified: true, staff: None, permissions: Some(role.permissions()) } }
}

/// Everybody who could come, besides the members of the other workspace.
pub(super) async fn kinds(bench: &Bench) -> Vec<Kind> {
    let (app, tenant) = (&bench.app, &bench.tenant);
    let mut all = vec![
        Kind { name: "nobody".into(), proof: Proof::Nothing, is: Is::Nobody },
        Kind { name: "a nonsense token".into(), proof: Proof::Token("nonsense".into()), is: Is::Nobody },
        Kind { name: "the operator".into(), proof: Proof::Token(OPERATOR.into()), is: Is::Operator },
        Kind { name: "the owner's key".into(), proof: Proof::Key(bench.key.clone()), is: Is::Key(Role::Owner.permissions()) },
        Kind { name: "an unknown key".into(), proof: Proof::Key(crate::api_keys::ApiKeyText::generate().expose().to_string()), is: Is::Nobody },
    ];
    for role in Role::ALL {
        all.push(person(bench, tenant, role).await);
    }
    for scopes in Scope::ALL.iter().map(|scope| vec![*scope]).chain([Vec::new()]) {
        let key = people::scoped_key(app, tenant, &scopes, None).await.expose().to_string();
        all.push(Kind { name: format!("a key with {scopes:?}"), proof: Proof::Key(key), is: Is::Key(Scope::all(&scopes)) });
    }
    let expired = people::scoped_key(app, tenant, &[Scope::Admin], Some(Duration::ZERO)).await.expose().to_string();
    all.push(Kind { name: "an expired key".into(), proof: Proof::Key(expired), is: Is::Nobody });
    let revoked = people::scoped_key(app, tenant, &[Scope::Admin], None).await;
    execute(app, "UPDATE api_keys SET revoked_at = 1 WHERE id = $1", &[revoked.id().as_str()]).await;
    all.push(Kind { name: "a revoked key".into(), proof: Proof::Key(revoked.expose().to_string()), is: Is::Nobody });
    all.extend(ended_sessions(bench).await);
    all.extend(half_people(bench).await);
    all.extend(staff(bench).await);
    all
}

/// Sessions that are over.
async fn ended_sessions(bench: &Bench) -> Vec<Kind> {
    let app = &bench.app;
    let (expired, revoked) = (people::member(app, &bench.tenant, Role::Owner).await, people::member(app, &bench.tenant, Role::Owner).await);
    execute(app, "UPDATE sessions SET expires_at = created_at WHERE id = $1", &[expired.session.as_str()]).await;
    execute(app, "UPDATE sessions SET revoked_at = created_at WHERE id = $1", &[revoked.session.as_str()]).await;
    vec![
        Kind { name: "an expired session".into(), proof: Proof::Token(expired.token), is: Is::Nobody },
        Kind { name: "a revoked session".into(), proof: Proof::Token(revoked.token), is: Is::Nobody },
    ]
}

/// People who are signed in, and whose workspace is not open to them.
async fn half_people(bench: &Bench) -> Vec<Kind> {
    let app = &bench.app;
    let outside = |name: &str, user, email, tenant, verified| {
        let proof = Proof::Session { user, email, tenant, access: None };
        Kind { name: name.to_owned(), proof, is: Is::Person { verified, staff: None, permissions: None } }
    };
    let (nowhere, unverified) = (people::user(app, true).await, people::user(app, false).await);
    let removed = people::member(app, &bench.tenant, Role::Owner).await;
    execute(app, "UPDATE memberships SET status = 'removed' WHERE user_id = $1", &[removed.user.as_str()]).await;
    let (closed, key) = bench.stranger(Role::Admin).await;
    let member = people::member(app, &closed, Role::Owner).await;
    execute(app, "UPDATE tenants SET status = 'suspended' WHERE id = $1", &[closed.as_str()]).await;
    vec![
        outside("a person without a workspace", nowhere.0, nowhere.1, None, true),
        outside("a person whose address is not verified", unverified.0, unverified.1, None, false),
        outside("a removed member", removed.user, removed.email, Some(bench.tenant.clone()), true),
        outside("a member of a suspended workspace", member.user, member.email, Some(closed), true),
        Kind { name: "a key of a suspended workspace".into(), proof: Proof::Key(key), is: Is::ClosedKey },
    ]
}

/// Staff, outside of workspaces and with support access.
async fn staff(bench: &Bench) -> Vec<Kind> {
    let mut all = Vec::new();
    for role in [StaffRole::OpsBuild, StaffRole::OpsAdmin, StaffRole::TenantAdmin, StaffRole::Admin] {
        let (user, email) = people::user(&bench.app, true).await;
        let decided = json!({"email": email, "roles": [role.as_str()], "tenants": [bench.tenant.as_str()]});
        bench.call_as(OPERATOR, "PUT", "/api/admin/staff", decided, &[]).await.of(200);
        let signed_in = people::sign_in(&bench.app, &user, &email, None).await;
        let path = format!("/api/v1/admin/tenants/{}/support-access", bench.tenant);
        let opened = bench.call_as(&signed_in.token, "POST", &path, json!({"reason": "Looking into ticket 4711", "hours": 4}), &[]).await.of(201);
        let access = opened["id"].as_str().unwrap().to_owned();
        let proof = |access| Proof::Session { user: user.clone(), email: email.clone(), tenant: None, access };
        let is = |permissions| Is::Person { verified: true, staff: Some(role), permissions };
        all.push(Kind { name: format!("{} without support access", role.as_str()), proof: proof(None), is: is(None) });
        all.push(Kind { name: format!("{} with support access", role.as_str()), proof: proof(Some(access)), is: is(Some(role.permissions())) });
    }
    all
}

impl Kind {
    /// Its access token or key; a session is begun for it. Nothing for nobody.
    pub async fn credential(&self, bench: &Bench) -> Option<String> {
        match &self.proof {
            Proof::Nothing => None,
            Proof::Key(text) | Proof::Token(text) => Some(text.clone()),
            Proof::Session { user, email, tenant, .. } => Some(people::sign_in(&bench.app, user, email, tenant.as_ref()).await.token),
        }
    }

    /// The support access that its requests name.
    pub fn access(&self) -> Option<&str> {
        match &self.proof {
            Proof::Session { access, .. } => access.as_deref(),
            _ => None,
        }
    }

    /// Who it is, if it is a person.
    pub fn user(&self) -> Option<(&UserId, &String)> {
        match &self.proof {
            Proof::Session { user, email, .. } => Some((user, email)),
            _ => None,
        }
    }
}
