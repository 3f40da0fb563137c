//! What the requests are about: one of everything for those who must not touch it, and a new one for each who may.

use std::collections::BTreeMap;

use millrace_db::sql;
use millrace_ids::{ApprovalId, AutomationId, AutomationVersionId};
use serde_json::{Value, json};
use totp_rs::{Builder, Secret};

use super::fresh;
use super::kinds::Kind;
use crate::identity::people::{self, Person, execute};
use crate::identity::requests::{self, NOBODYS, Names};
use crate::identity::{Role, Scope};
use crate::installations::fixture::{Bench, OPERATOR};
use crate::sign_in::fixture::PASSWORD;

/// The path with ids that look right and belong to nothing.
pub(crate) fn nothing_at(path: &str) -> String {
    filled(path, |kind| match kind {
        "slug" => "nothing-like-this".to_owned(),
        "variable" => "NOTHING".to_owned(),
        "latest" => "latest".to_owned(),
        kind => format!("{kind}_{NOBODYS}"),
    })
}

/// The path with what `id` says for each kind of id in it.
fn filled(path: &str, id: impl Fn(&str) -> String) -> String {
    let mut done = path.to_owned();
    while let Some((before, rest)) = done.split_once('{') {
        let (name, after) = rest.split_once('}').unwrap();
        done = format!("{before}{}{after}", id(kind_of(path, name)));
    }
    done
}

/// Which kind of id a parameter of a path is.
fn kind_of(path: &str, name: &str) -> &'static str {
    let of_path = [
        ("/api/admin/oauth-apps", "oapp"),
        ("/api/approvals", "appr"),
        ("/api/connections", "conn"),
        ("/api/admin/payouts", "pay"),
        ("/api/developer/workflows", "wf"),
        ("/api/workflows", "wf"),
        ("/api/executions", "run"),
        ("/api/marketplace", "wf"),
        ("/api/installations", "inst"),
        ("/api/runs", "run"),
        ("/api/v1/auth/sessions", "ses"),
        ("/api/v1/public/automation-versions", "av"),
        ("/api/v1/support-access", "sup"),
        ("/api/v1/admin/support-access", "sup"),
        ("/api/v1/users/me/passkeys", "psk"),
        ("/api/v1/users/me/second-factors", "fac"),
        ("/api/v1/workspace/invitations", "inv"),
    ];
    match name {
        "tenant_id" => "org",
        "user_id" => "usr",
        "key_id" => "key",
        "mail_id" => "mail",
        "grant_id" => "grant",
        "trigger_id" => "trg",
        "name" => "variable",
        "v" => "latest",
        "alert" => "alrt",
        "code" | "slug" | "token" | "provider" | "domain" | "field" => "slug",
        _ => of_path.iter().find(|(start, _)| path.starts_with(start)).unwrap_or_else(|| panic!("{path}: say in `kind_of` what {{{name}}} is")).1,
    }
}

/// One of everything in the first workspace, by the prefix of its id.
pub(super) struct Things {
    pub ids: BTreeMap<&'static str, String>,
    /// Who owns them.
    pub owner: Person,
    /// Of the staff, with an access to the workspace.
    helper: Person,
}

/// A request: where to, and with what.
pub(super) struct Target {
    pub path: String,
    pub body: Option<Value>,
    /// Of whoever asks, where it is not the caller: somebody of the same kind who is gone afterwards.
    pub credential: Option<String>,
}

impl Target {
    pub fn of(path: impl Into<String>, body: Option<Value>) -> Self {
        Self { path: path.into(), body, credential: None }
    }
}

pub(super) fn id_of(answer: &Value, field: &str) -> String {
    answer[field].as_str().unwrap_or_else(|| panic!("no `{field}` in {answer}")).to_owned()
}

impl Things {
    /// Makes them.
    pub async fn make(bench: &Bench) -> Self {
        let app = &bench.app;
        let owner = people::member(app, &bench.tenant, Role::Owner).await;
        let (user, email) = people::user(app, true).await;
        bench.call_as(OPERATOR, "PUT", "/api/admin/staff", json!({"email": email, "roles": ["ops_build"]}), &[]).await.of(200);
        let helper = people::sign_in(app, &user, &email, None).await;
        let mut made = Self { ids: BTreeMap::new(), owner, helper };
        let deployed = bench.deploy_definition("secret-name", "trigger: manual()").await;
        made.ids.insert("wf", id_of(&deployed, "workflow_id"));
        bench.call("PUT", "/api/developer/workflows/secret-name/rollout", json!({"percentage": 50})).await.of(200);
        crate::access::fixture::list(bench, &made.ids["wf"], "draft", "private").await;
        let variable = made.another(bench, "variable").await;
        made.ids.insert("variable", variable);
        for kind in ["grant", "alrt", "conn", "inst", "run", "appr", "usr", "key", "inv", "sup"] {
            let id = made.another(bench, kind).await;
            made.ids.insert(kind, id);
        }
        made.ids.insert("ses", made.owner.session.to_string());
        made.ids.insert("org", bench.tenant.to_string());
        made.ids.insert("psk", fresh::passkey(bench, &made.owner.token).await.1);
        made.automation(bench).await;
        let mail = app.platform().read().await.unwrap().one(sql("SELECT id FROM mails WHERE tenant_id = $1 LIMIT 1").bind(bench.tenant.as_str())).await.unwrap();
        made.ids.insert("mail", mail.get("id").unwrap());
        made
    }

    async fn automation(&mut self, bench: &Bench) {
        let (app, automation, version) = (&bench.app, AutomationId::generate(), AutomationVersionId::generate());
        people::within(app, async |tx| {
            let new = crate::partner::NewAutomation { id: &automation, name: "SECRET-NAME", department: Some("sales"), owner: &self.owner.user };
            crate::partner::insert_automation(tx, &bench.tenant, &new, app.clock.now()).await.unwrap();
            let new = crate::partner::NewAutomationVersion { id: &version, number: (1, 0, 0), status: "Live" };
            crate::partner::insert_version(tx, &bench.tenant, &automation, &new, app.clock.now()).await.unwrap();
        })
        .await;
        self.ids.insert("aut", automation.to_string());
        self.ids.insert("av", version.to_string());
    }

    /// What bodies name of the first workspace.
    pub fn names(&self, bench: &Bench) -> Names {
        Names { tenant: bench.tenant.to_string(), workflow: "secret-name".to_owned(), email: self.owner.email.clone() }
    }

    /// The path with the ids of these things; with [`nothing_at`]'s where there is no such thing.
    pub fn path(&self, path: &str) -> String {
        filled(path, |kind| self.ids.get(kind).cloned().unwrap_or_else(|| nothing_at(path).split('/').find(|part| part.starts_with(kind)).unwrap_or("nothing-like-this").to_owned()))
    }

    /// Another thing of this kind in the first workspace.
    async fn another(&self, bench: &Bench, kind: &str) -> String {
        let n = requests::next();
        let own = async |method: &str, path: &str, body: Value| bench.call_as(&self.owner.token, method, path, body, &[]).await;
        match kind {
            "conn" => id_of(&own("POST", "/api/connections", json!({"service": "notion", "name": format!("SECRET-NAME {n}"), "fields": {"access_token": "t"}})).await.of(201), "id"),
            "inst" => id_of(&own("POST", "/api/installations", json!({"workflow": "secret-name", "name": format!("SECRET-NAME {n}"), "activate": true})).await.of(201), "id"),
            "grant" => {
                let path = format!("/api/developer/workflows/{}/grants", self.ids["wf"]);
                id_of(&own("POST", &path, json!({"type": "email", "value": format!("secret-name-{n}@example.com")})).await.of(201), "id")
            }
            "alrt" => {
                // There may be twenty.
                execute(&bench.app, "DELETE FROM alert_rules WHERE id <> $1", &[self.ids.get("alrt").map_or("", String::as_str)]).await;
                let path = format!("/api/workflows/{}/alerts", self.ids["wf"]);
                id_of(&own("POST", &path, json!({"name": format!("SECRET-NAME {n}"), "rule": "any_failure"})).await.of(201), "id")
            }
            "run" => {
                let path = format!("/api/installations/{}/trigger", self.ids["inst"]);
                id_of(&own("POST", &path, json!({})).await.of(202), "run_id")
            }
            "appr" => {
                let approval = ApprovalId::generate();
                let run = Box::pin(self.another(bench, "run")).await;
                let insert = "INSERT INTO approvals (id, tenant_id, run_id, generation, seq, title, detail, approvers, status, created_at) VALUES ($1, $2, $3, 0, 1, 'SECRET-NAME', 'null', '[]', 'pending', 0)";
                execute(&bench.app, insert, &[approval.as_str(), bench.tenant.as_str(), &run]).await;
                approval.to_string()
            }
            "usr" => people::member(&bench.app, &bench.tenant, Role::Viewer).await.user.to_string(),
            "key" => people::scoped_key(&bench.app, &bench.tenant, &[Scope::Runs], None).await.id().to_string(),
            "inv" => id_of(&own("POST", "/api/v1/workspace/users/invite", json!({"email": format!("asked-{n}@example.com"), "role": "member"})).await.of(201), "invitation_id"),
            "sup" => access(bench, &self.helper.token).await,
            "variable" => {
                let name = format!("SECRET_NAME_{n}");
                own("PUT", &format!("/api/developer/workflows/secret-name/variables/{name}"), json!({"value": "SECRET-NAME", "secret": false})).await.of(201);
                name
            }
            "pay" => {
                let payout = millrace_ids::PayoutId::generate();
                let insert = "INSERT INTO payouts (id, developer_id, month, amount_cents, currency, status, created_at) VALUES ($1, $2, $3, 2500, 'USD', 'pending', 0)";
                people::within(&bench.app, async |tx| tx.execute(sql(insert).bind(payout.as_str()).bind(bench.tenant.as_str()).bind(n)).await.map(drop).unwrap()).await;
                payout.to_string()
            }
            "oapp" => {
                // There is one for each service.
                execute(&bench.app, "DELETE FROM oauth_apps WHERE provider = 'zoom' AND owner_type = 'system'", &[]).await;
                let app = json!({"provider": "zoom", "client_id": "SECRET-NAME", "client_secret": "s"});
                id_of(&bench.call_as(OPERATOR, "POST", "/api/admin/oauth-apps", app, &[]).await.of(201), "id")
            }
            "domain" => {
                let name = format!("another-{n}.example");
                own("POST", "/api/v1/workspace/sso/domains", json!({"domain": name})).await.of(201);
                name
            }
            other => self.ids.get(other).cloned().unwrap_or_else(|| format!("{other}_{NOBODYS}")),
        }
    }

    /// A request of this route by somebody who may make it: a good body, and something new to make it about.
    pub async fn target(&self, bench: &Bench, kind: &Kind, credential: Option<&str>, (method, path): (&str, &str)) -> Target {
        let mut names = self.names(bench);
        if let Some((_, email)) = kind.user() {
            names.email.clone_from(email);
        }
        let mut body = requests::body(method, path, &names);
        let token = credential.unwrap_or_default();
        if path == "/api/v1/auth/device/approve" {
            let asked = bench.call_as("", "POST", "/api/v1/auth/device", json!({"client_name": "a laptop"}), &[]).await.of(201);
            let code = id_of(&asked, "user_code");
            if let Some(body) = &mut body {
                body["user_code"] = json!(code);
                return Target::of(path, Some(body.clone()));
            }
            return Target::of(format!("{path}?user_code={code}"), body);
        }
        if let Some(target) = fresh::target(bench, path, body.as_ref(), token).await {
            return target;
        }
        let (parameter, shared) = (path.split_once('{').and_then(|(_, rest)| rest.split_once('}')).map(|(name, _)| name), self.path(path));
        // Looking changes nothing.
        let Some(parameter) = parameter.filter(|_| method != "GET") else { return Target::of(format!("{shared}{}", requests::query(method, path)), body) };
        let id = match kind_of(path, parameter) {
            "ses" => self.another_session(bench, kind).await,
            "sup" if path.starts_with("/api/v1/admin/") => access(bench, token).await,
            "fac" => {
                let (id, code) = factor(bench, token).await;
                if let Some(sent) = body.as_mut().filter(|_| path.ends_with("/confirm")) {
                    sent["code"] = json!(code);
                }
                id
            }
            "key" => self.own_key(bench, kind).await,
            "slug" if path.contains("{domain}") => self.another(bench, "domain").await,
            "org" if path.contains("{domain}") => {
                let name = self.another(bench, "domain").await;
                return Target::of(path.replace("{tenant_id}", bench.tenant.as_str()).replace("{domain}", &name), body);
            }
            "wf" if path.contains("{grant_id}") => {
                let grant = self.another(bench, "grant").await;
                return Target::of(path.replace("{id}", &self.ids["wf"]).replace("{grant_id}", &grant), body);
            }
            "wf" if path.contains("{alert}") => {
                let alert = self.another(bench, "alrt").await;
                return Target::of(path.replace("{id}", &self.ids["wf"]).replace("{alert}", &alert), body);
            }
            "wf" if path.contains("{name}") => {
                let name = self.another(bench, "variable").await;
                let own = path.replace("{id}", &self.ids["wf"]).replace("{name}", &name);
                return Target::of(own, body);
            }
            "wf" => return Target::of(path.replace("{id}", &self.ids["wf"]).replace("{v}", "latest"), body),
            kind => self.another(bench, kind).await,
        };
        Target::of(self.path(&path.replace(&format!("{{{parameter}}}"), &id)), body)
    }

    /// Another key, which the caller made: who does not manage keys ends their own.
    async fn own_key(&self, bench: &Bench, kind: &Kind) -> String {
        let id = self.another(bench, "key").await;
        if let Some((user, _)) = kind.user() {
            execute(&bench.app, "UPDATE api_keys SET created_by = $1 WHERE id = $2", &[user.as_str(), &id]).await;
        }
        id
    }

    /// Another session of the caller, or somebody else's for callers that have none.
    async fn another_session(&self, bench: &Bench, kind: &Kind) -> String {
        match kind.user() {
            Some((user, email)) => people::sign_in(&bench.app, user, email, None).await.session.to_string(),
            None => self.ids["ses"].clone(),
        }
    }
}

/// A look into the first workspace, for whoever holds this token and may have one.
async fn access(bench: &Bench, token: &str) -> String {
    let path = format!("/api/v1/admin/tenants/{}/support-access", bench.tenant);
    id_of(&bench.call_as(token, "POST", &path, json!({"reason": "SECRET-NAME does not start"}), &[]).await.of(201), "id")
}

/// An authenticator app that the caller begins with, and the code that confirms it. One from before is forgotten.
async fn factor(bench: &Bench, token: &str) -> (String, String) {
    people::within(&bench.app, async |tx| tx.execute(sql("DELETE FROM second_factors")).await.unwrap()).await;
    let begun = bench.call_as(token, "POST", "/api/v1/users/me/second-factors", json!({"password": PASSWORD}), &[]).await.of(201);
    let at = u64::try_from(bench.app.clock.now().seconds()).unwrap();
    let code = Builder::new().with_secret(Secret::try_from_base32(begun["secret"].as_str().unwrap()).unwrap()).build().unwrap().generate(at).to_string();
    (id_of(&begun, "id"), code)
}
