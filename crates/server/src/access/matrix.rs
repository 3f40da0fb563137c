//! Every visibility × everybody who may ask × every door: each cell is asserted.
#![allow(clippy::unwrap_used)]

use millrace_db::on_both;
use millrace_ids::TenantId;
use serde_json::{Value, json};

use super::fixture::{code, grant, list, shared};
use crate::identity::Role;
use crate::identity::people::{self, Person};
use crate::installations::fixture::{Bench, OPERATOR};

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asker {
    Anonymous,
    Outsider,
    User,
    Email,
    Domain,
    Organization,
    Code,
    Expired,
    Revoked,
    Exhausted,
    Unverified,
    Owner,
    Admin,
}

const ASKERS: [Asker; 13] = [
    Asker::Anonymous,
    Asker::Outsider,
    Asker::User,
    Asker::Email,
    Asker::Domain,
    Asker::Organization,
    Asker::Code,
    Asker::Expired,
    Asker::Revoked,
    Asker::Exhausted,
    Asker::Unverified,
    Asker::Owner,
    Asker::Admin,
];

/// Who signed in with an address that is not verified yet may do nothing but verify it, whatever the workflow.
const UNVERIFIED: &str = "403 EMAIL_NOT_VERIFIED";

/// What each of them is told of a private workflow: `via`, or the reason against it.
const fn private(asker: Asker) -> Result<&'static str, &'static str> {
    match asker {
        Asker::Anonymous => Err("AUTH_REQUIRED"),
        Asker::Outsider | Asker::Expired | Asker::Revoked | Asker::Exhausted => Err("ACCESS_DENIED"),
        Asker::Unverified => Err("EMAIL_NOT_VERIFIED"),
        Asker::User => Ok("user"),
        Asker::Email => Ok("email"),
        Asker::Domain => Ok("email_domain"),
        Asker::Organization => Ok("organization"),
        Asker::Code => Ok("access_code"),
        Asker::Owner | Asker::Admin => Ok("owner"),
    }
}

struct Guest {
    asker: Asker,
    person: Person,
    tenant: TenantId,
    /// What they installed while everybody could.
    installation: String,
}

/// A person in a workspace of their own, where the workflow is at work since a time when everybody could install it.
async fn guest(bench: &Bench, asker: Asker, workflow: &str) -> Guest {
    let (tenant, person) = if asker == Asker::Owner {
        (bench.tenant.clone(), people::member(&bench.app, &bench.tenant, Role::Owner).await)
    } else {
        let (tenant, _) = bench.company(Role::Owner).await;
        let person = people::member(&bench.app, &tenant, Role::Owner).await;
        (tenant, person)
    };
    if asker == Asker::Admin {
        bench.call_as(OPERATOR, "PUT", "/api/admin/staff", json!({"email": person.email, "roles": ["admin"]}), &[]).await.of(200);
    }
    if matches!(asker, Asker::Domain | Asker::Unverified) {
        let email = format!("{}@acme.example", person.user.as_str().trim_start_matches("usr_"));
        people::execute(&bench.app, "UPDATE users SET email = $2 WHERE id = $1", &[person.user.as_str(), &email]).await;
        bench.app.sessions.forget_user(&person.user);
    }
    let name = format!("Of {asker:?}");
    let installed = bench.call_as(&person.token, "POST", "/api/installations", json!({"workflow": workflow, "name": name, "activate": true}), &[]).await.of(201);
    Guest { asker, person, tenant, installation: installed["id"].as_str().unwrap().to_owned() }
}

/// What this guest is granted, and what of it is over.
async fn granted(bench: &Bench, guest: &Guest, workflow: &str) {
    let person = &guest.person;
    let mail = || json!({"type": "email", "value": person.email});
    match guest.asker {
        Asker::User => drop(grant(bench, workflow, json!({"type": "user", "value": person.user})).await.of(201)),
        Asker::Email => drop(grant(bench, workflow, mail()).await.of(201)),
        Asker::Domain => drop(grant(bench, workflow, json!({"type": "email_domain", "value": "acme.example"})).await.of(201)),
        Asker::Organization => drop(grant(bench, workflow, json!({"type": "organization", "value": guest.tenant})).await.of(201)),
        Asker::Code => {
            let (code, _) = code(bench, workflow, Some(1)).await;
            bench.call_as(&person.token, "POST", &format!("/api/marketplace/{workflow}/redeem"), json!({"code": code}), &[]).await.of(201);
        }
        Asker::Expired => {
            let made = grant(bench, workflow, mail()).await.of(201);
            people::execute(&bench.app, "UPDATE workflow_access_grants SET expires_at = 1 WHERE id = $1", &[made["id"].as_str().unwrap()]).await;
        }
        Asker::Revoked => {
            let made = grant(bench, workflow, mail()).await.of(201);
            bench.call("DELETE", &format!("/api/developer/workflows/{workflow}/grants/{}", made["id"].as_str().unwrap()), Value::Null).await;
        }
        Asker::Exhausted => {
            let made = grant(bench, workflow, mail()).await.of(201);
            people::execute(&bench.app, "UPDATE workflow_access_grants SET max_installs = 1, used = 1 WHERE id = $1", &[made["id"].as_str().unwrap()]).await;
        }
        Asker::Anonymous | Asker::Outsider | Asker::Unverified | Asker::Owner | Asker::Admin => {}
    }
}

struct Doors<'a> {
    bench: &'a Bench,
    visibility: &'a str,
    workflow: &'a str,
    guest: &'a Guest,
    wrong: Vec<String>,
}

impl Doors<'_> {
    async fn ask(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        if self.guest.asker == Asker::Anonymous {
            let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
            let answer = self.bench.send(method, path, body, &[("content-type", "application/json")]).await;
            return (answer.status, answer.body);
        }
        let answer = self.bench.call_as(&self.guest.person.token, method, path, body, &[]).await;
        (answer.status, answer.body)
    }

    /// One cell: a door's answer as one text.
    fn cell(&mut self, door: &str, found: String, wanted: &str) {
        if found != wanted {
            self.wrong.push(format!("{} × {:?} × {door}: {found}, not {wanted}", self.visibility, self.guest.asker));
        }
    }

    async fn refused_or(&mut self, door: &str, (method, path, body): (&str, String, Value), good: u16, refusal: &str) {
        let (status, body) = self.ask(method, &path, body).await;
        let found = if status < 300 { status.to_string() } else { format!("{status} {}", body["code"].as_str().unwrap_or_default()) };
        let wanted = if refusal.is_empty() { good.to_string() } else { refusal.to_owned() };
        self.cell(door, found, &wanted);
    }

    async fn all(mut self) -> Vec<String> {
        let (asker, workflow, visibility) = (self.guest.asker, self.workflow.to_owned(), self.visibility);
        let told = match visibility {
            "private" => private(asker),
            _ if matches!(asker, Asker::Owner | Asker::Admin) => Ok("owner"),
            open => Ok(open),
        };
        let listed = |body: &Value| body["data"].as_array().unwrap().iter().any(|row| row["id"] == workflow.as_str()).to_string();
        let public = (visibility == "public").to_string();
        for (door, path) in [("list", "/api/marketplace?limit=100".to_owned()), ("search", format!("/api/marketplace/search?q=matrix-{visibility}&limit=100"))] {
            let (_, body) = self.ask("GET", &path, Value::Null).await;
            let found = listed(&body);
            self.cell(door, found, &public);
        }
        let hidden = if told.is_ok() { "" } else { "404 NOT_FOUND" };
        self.refused_or("detail", ("GET", format!("/api/marketplace/{workflow}"), Value::Null), 200, hidden).await;
        let (_, body) = self.ask("GET", &format!("/api/marketplace/{workflow}/access"), Value::Null).await;
        let found = body["via"].as_str().or_else(|| body["reason"].as_str()).unwrap_or_default().to_owned();
        self.cell("access", found, told.unwrap_or_else(|reason| reason));

        let signed_in = asker != Asker::Anonymous;
        let redeem = match (asker, visibility, told) {
            (Asker::Anonymous, ..) => "401 UNAUTHORIZED",
            (Asker::Unverified, ..) => UNVERIFIED,
            (_, "private", Ok(via)) if via != "owner" => "404 INVALID_CODE",
            (_, "private", Err(_)) => "404 INVALID_CODE",
            _ => "",
        };
        self.refused_or("redeem", ("POST", format!("/api/marketplace/{workflow}/redeem"), json!({"code": "NOBODYS-CODE"})), 200, redeem).await;
        let denied = match told {
            _ if !signed_in => "401 UNAUTHORIZED".to_owned(),
            _ if asker == Asker::Unverified => UNVERIFIED.to_owned(),
            Ok(_) => String::new(),
            Err(reason) => format!("403 {reason}"),
        };
        self.refused_or("install", ("POST", "/api/installations".to_owned(), json!({"workflow": workflow, "name": format!("Again {asker:?}")})), 201, &denied).await;
        let own = format!("/api/installations/{}", self.guest.installation);
        self.refused_or("configure", ("PATCH", own.clone(), json!({"timezone": "Europe/Berlin"})), 200, &denied).await;
        self.refused_or("run", ("POST", format!("{own}/trigger"), json!({})), 202, &denied).await;
        self.refused_or("analytics", ("GET", format!("/api/workflows/{workflow}/analytics"), Value::Null), 200, &denied).await;
        self.refused_or("logs", ("GET", format!("/api/workflows/{workflow}/executions"), Value::Null), 200, &denied).await;
        self.wrong
    }
}

on_both! {
    async fn every_cell_of_visibility_and_asker_and_door(db: TestDb) {
        let bench = Bench::with(db, &[("MILLRACE_RATE_LIMITS", "off")]).await;
        let (mut wrong, mut cells) = (Vec::new(), 0);
        for visibility in ["public", "unlisted", "private"] {
            let workflow = shared(&bench, &format!("matrix-{visibility}"), "public").await;
            let mut guests = Vec::new();
            for asker in ASKERS {
                guests.push(guest(&bench, asker, &workflow).await);
            }
            list(&bench, &workflow, "published", visibility).await;
            for guest in &guests {
                if visibility == "private" {
                    granted(&bench, guest, &workflow).await;
                }
                if guest.asker == Asker::Unverified {
                    people::execute(&bench.app, "UPDATE users SET email_verified = (1 = 0) WHERE id = $1", &[guest.person.user.as_str()]).await;
                    bench.app.sessions.forget_user(&guest.person.user);
                }
            }
            bench.app.snapshots.forget(|_, _| true);
            for guest in &guests {
                let doors = Doors { bench: &bench, visibility, workflow: &workflow, guest, wrong: Vec::new() };
                wrong.extend(doors.all().await);
                cells += 10;
            }
        }
        assert!(wrong.is_empty(), "{} of {cells} cells:\n  {}", wrong.len(), wrong.join("\n  "));
        assert_eq!(cells, 3 * 13 * 10);
    }
}
