//! A server with people, for the tests of signing in, workspaces and invitations.
#![allow(clippy::unwrap_used)]

use http::header;
use millrace_db::sql;
use millrace_db::testing::TestDb;
use serde_json::{Value, json};

use crate::installations::fixture::{Answer, Bench};
use crate::secrets::Place;

/// A good password.
pub(crate) const PASSWORD: &str = "tidal copper wombat ledger";

/// A server with people.
pub(crate) struct Site {
    pub bench: Bench,
}

/// An owner, signed in.
pub(crate) struct Owner {
    pub token: String,
    pub tenant: String,
}

impl Site {
    /// People may act at once.
    pub async fn open(db: TestDb) -> Self {
        Self::with(db, &[("MILLRACE_AUTH_EMAIL_VERIFICATION", "off")]).await
    }

    /// People must verify their address first.
    pub async fn strict(db: TestDb) -> Self {
        Self::with(db, &[]).await
    }

    /// With these settings. Tests ask more often than people do, so limits are off unless a test is about them.
    pub async fn with(db: TestDb, settings: &[(&str, &str)]) -> Self {
        let settings = [settings, &[("MILLRACE_RATE_LIMITS", "off")]].concat();
        Self { bench: Bench::with(db, &settings).await }
    }

    /// A request with this access token; none when it is empty.
    pub async fn call(&self, token: &str, method: &str, path: &str, body: Value) -> Answer {
        self.call_with(token, method, path, body, &[]).await
    }

    pub async fn call_with(&self, token: &str, method: &str, path: &str, body: Value, headers: &[(&str, &str)]) -> Answer {
        let auth = format!("Bearer {token}");
        let mut all = vec![("content-type", "application/json")];
        if !token.is_empty() {
            all.push(("authorization", auth.as_str()));
        }
        all.extend(headers);
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        self.bench.send(method, path, body, &all).await
    }

    pub async fn post(&self, token: &str, path: &str, body: Value) -> Answer {
        self.call(token, "POST", path, body).await
    }

    pub async fn get(&self, token: &str, path: &str) -> Answer {
        self.call(token, "GET", path, Value::Null).await
    }

    /// A person without a workspace.
    pub async fn person(&self, email: &str) -> String {
        let answer = self.post("", "/api/v1/auth/signup", json!({"email": email, "password": PASSWORD})).await.of(201);
        answer["access_token"].as_str().unwrap().to_owned()
    }

    /// A person with a workspace of their own.
    pub async fn owner(&self, email: &str, slug: &str) -> Owner {
        let token = self.person(email).await;
        let made = self.post(&token, "/api/v1/auth/create-workspace", json!({"workspace_name": slug, "workspace_slug": slug})).await.of(201);
        Owner { token: made["access_token"].as_str().unwrap().to_owned(), tenant: made["tenant_id"].as_str().unwrap().to_owned() }
    }

    pub async fn login(&self, email: &str, password: &str) -> Answer {
        self.post("", "/api/v1/auth/login", json!({"email": email, "password": password})).await
    }

    /// Invites and answers the token of the mail.
    pub async fn invite(&self, owner: &Owner, email: &str, role: &str) -> String {
        self.post(&owner.token, "/api/v1/workspace/users/invite", json!({"email": email, "role": role})).await.of(201);
        self.mailed("team_invitation", email).await.pop().unwrap()
    }

    /// A person who came by an invitation.
    pub async fn member(&self, owner: &Owner, email: &str, role: &str) -> String {
        let token = self.invite(owner, email, role).await;
        let joined = self.post("", "/api/v1/auth/accept-invitation", json!({"token": token, "password": PASSWORD})).await.of(200);
        joined["access_token"].as_str().unwrap().to_owned()
    }

    /// The tokens that mails of this template carried to somebody, the oldest first.
    pub async fn mailed(&self, template: &str, to: &str) -> Vec<String> {
        let links = self.mailed_links(template, to).await;
        links.iter().map(|link| link.split_once("token=").map_or(String::new(), |(_, token)| token.to_owned())).collect()
    }

    /// The links that mails of this template carried to somebody, the oldest first.
    pub async fn mailed_links(&self, template: &str, to: &str) -> Vec<String> {
        let app = &self.bench.app;
        let select = "SELECT id, tenant_id, sealed_link FROM mails WHERE template = $1 AND recipient = $2 ORDER BY id";
        let rows = app.platform().read().await.unwrap().all(sql(select).bind(template).bind(to)).await.unwrap();
        let open = |row: &millrace_db::Row| {
            let (id, tenant): (String, Option<String>) = (row.get("id").unwrap(), row.get("tenant_id").unwrap());
            let sealed: Option<String> = row.get("sealed_link").unwrap();
            let place = Place { tenant: tenant.as_deref().unwrap_or_default(), kind: "mail", id: &id };
            sealed.map(|sealed| String::from_utf8(app.keyring.open_at(place, &sealed).unwrap().to_vec()).unwrap()).unwrap_or_default()
        };
        rows.iter().map(open).collect()
    }

    /// Waits for the mail that is queued beside a request.
    pub async fn mailed_soon(&self, template: &str, to: &str, how_many: usize) -> Vec<String> {
        for _ in 0..2_000 {
            let found = self.mailed(template, to).await;
            if found.len() >= how_many {
                return found;
            }
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        panic!("{how_many} mails {template} to {to} were never queued");
    }

    /// What the audit log of a workspace, or of the installation, says, the oldest first.
    pub async fn audited(&self, tenant: &str) -> Vec<String> {
        let select = "SELECT action FROM audit_log WHERE tenant_id = $1 ORDER BY seq";
        let rows = self.bench.app.platform().read().await.unwrap().all(sql(select).bind(tenant)).await.unwrap();
        rows.iter().map(|row| row.get("action").unwrap()).collect()
    }

    /// Changes rows by hand.
    pub async fn execute(&self, statement: &'static str, arguments: &[&str]) {
        let mut tx = self.bench.app.platform().begin().await.unwrap();
        tx.execute(arguments.iter().fold(sql(statement), |bound, argument| bound.bind(*argument))).await.unwrap();
        tx.commit().await.unwrap();
        self.bench.app.sessions.forget_all();
    }

    pub async fn count(&self, statement: &'static str) -> i64 {
        self.bench.app.platform().read().await.unwrap().one(sql(statement)).await.unwrap().get("n").unwrap()
    }

    pub fn advance(&self, by: std::time::Duration) {
        self.bench.app.clock.advance(by);
    }
}

/// What a browser keeps of an answer.
#[derive(Debug, Clone)]
pub(crate) struct Browser {
    pub refresh: String,
    pub csrf: String,
}

impl Browser {
    pub fn of(answer: &Answer) -> Self {
        let cookies: Vec<&str> = answer.headers.get_all(header::SET_COOKIE).iter().map(|value| value.to_str().unwrap()).collect();
        let value = |name: &str| cookies.iter().find_map(|c| c.strip_prefix(&format!("{name}="))).map_or(String::new(), |rest| rest.split(';').next().unwrap().to_owned());
        Self { refresh: value("millrace_refresh"), csrf: value("millrace_csrf") }
    }

    pub fn cookie(&self) -> String {
        format!("millrace_refresh={}; millrace_csrf={}", self.refresh, self.csrf)
    }

    pub async fn refresh(&self, site: &Site) -> Answer {
        self.refresh_with(site, &[("x-csrf-token", self.csrf.as_str())]).await
    }

    pub async fn refresh_with(&self, site: &Site, headers: &[(&str, &str)]) -> Answer {
        let cookie = self.cookie();
        let mut all = vec![("cookie", cookie.as_str())];
        all.extend(headers);
        site.call_with("", "POST", "/api/v1/auth/refresh", Value::Null, &all).await
    }
}
