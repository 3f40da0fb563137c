//! Flows 1B, 3 and 4 over the routes, on both databases, with every refusal.
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use millrace_db::on_both;
use serde_json::{Value, json};

use super::fixture::{Browser, PASSWORD, Site};

const OTHER: &str = "seven marble lantern otter";
const SIGNUP: &str = "/api/v1/auth/signup";

fn person(email: &str) -> Value {
    json!({"email": email, "password": PASSWORD})
}

on_both! {
    async fn a_first_workspace_without_verification(db: TestDb) {
        let site = Site::open(db).await;
        let answer = site.post("", SIGNUP, person("Ada@Example.com")).await;
        assert!(!Browser::of(&answer).refresh.is_empty());
        let body = answer.of(201);
        assert_eq!((&body["status"], &body["next"]), (&json!("active"), &json!("create_workspace")));
        let token = body["access_token"].as_str().unwrap();
        assert_eq!(site.get(token, "/api/runs").await.refusal(), (403, "NO_ACTIVE_WORKSPACE"));
        let me = site.get(token, "/api/v1/users/me").await.of(200);
        assert_eq!((&me["email"], &me["memberships"], &me["tenant_id"]), (&json!("ada@example.com"), &json!(0), &Value::Null));
        let made = site.post(token, "/api/v1/auth/create-workspace", json!({"workspace_name": " Acme ", "workspace_slug": "acme"})).await.of(201);
        assert_eq!((&made["workspace_name"], &made["role"], &made["kind"]), (&json!("Acme"), &json!("owner"), &json!("team")));
        let token = made["access_token"].as_str().unwrap();
        site.get(token, "/api/runs").await.of(200);
        assert_eq!(site.audited("installation").await, ["user.created", "user.signed_in"]);
        assert_eq!(site.audited(made["tenant_id"].as_str().unwrap()).await, ["workspace.created"]);
        assert_eq!(site.mailed("welcome", "ada@example.com").await.len(), 1);
        // The same session goes on: the token from before acts in the new workspace too, since the row decides.
        site.get(body["access_token"].as_str().unwrap(), "/api/runs").await.of(200);
    }

    async fn a_first_workspace_with_verification(db: TestDb) {
        let site = Site::strict(db).await;
        let body = site.post("", SIGNUP, person("ada@example.com")).await.of(201);
        assert_eq!((&body["status"], &body["next"], &body["access_token"]), (&json!("pending_verification"), &json!("verify_email"), &Value::Null));
        assert_eq!(site.login("ada@example.com", PASSWORD).await.refusal(), (403, "EMAIL_NOT_VERIFIED"));
        assert_eq!(site.post("", SIGNUP, person("ada@example.com")).await.refusal(), (403, "EMAIL_NOT_VERIFIED"), "whoever signs up again is sent the mail again");
        let sent = site.mailed("verify_email", "ada@example.com").await;
        assert_eq!(sent.len(), 3);
        let verify = async |token: &str| site.get("", &format!("/api/v1/auth/verify-email?token={token}")).await;
        assert_eq!(verify(&sent[0]).await.refusal(), (400, "VERIFICATION_TOKEN_USED"), "a newer mail replaces the link");
        assert_eq!(verify("made-up").await.refusal(), (400, "VERIFICATION_TOKEN_USED"));
        site.advance(Duration::from_secs(24 * 60 * 60));
        assert_eq!(verify(&sent[2]).await.refusal(), (401, "VERIFICATION_TOKEN_EXPIRED"));
        site.post("", "/api/v1/auth/resend-verification", json!({"email": "ada@example.com"})).await.of(200);
        let token = site.mailed_soon("verify_email", "ada@example.com", 4).await.pop().unwrap();
        let verified = verify(&token).await.of(200);
        assert_eq!((&verified["status"], &verified["next"]), (&json!("active"), &json!("create_workspace")));
        assert_eq!(verify(&token).await.refusal(), (400, "VERIFICATION_TOKEN_USED"));
        let signed_in = site.login("ada@example.com", PASSWORD).await.of(200);
        assert_eq!((&signed_in["next"], &signed_in["tenant_id"]), (&json!("create_workspace"), &Value::Null));
        assert_eq!(site.audited("installation").await, ["user.created", "email.verified", "user.signed_in"]);
        // The same answer for an address that nobody has, and no mail.
        let unknown = site.post("", "/api/v1/auth/resend-verification", json!({"email": "nobody@example.com"})).await.of(200);
        assert_eq!(unknown["message"], "If this address waits to be verified, a mail is on its way.");
    }

    async fn signups_that_are_refused(db: TestDb) {
        let site = Site::open(db).await;
        let refused = async |email: &str, password: &str| {
            let answer = site.post("", SIGNUP, json!({"email": email, "password": password})).await;
            (answer.status, answer.refusal().1.to_owned())
        };
        let was = |status: u16, code: &str| (status, code.to_owned());
        assert_eq!(refused("not an address", PASSWORD).await, was(400, "INVALID_EMAIL"));
        assert_eq!(refused("a@example.com", "short").await, was(400, "WEAK_PASSWORD"));
        assert_eq!(refused("a@example.com", "password12345678").await, was(400, "WEAK_PASSWORD"));
        site.owner("owner@example.com", "taken").await;
        assert_eq!(refused("OWNER@example.com", PASSWORD).await, was(409, "ACCOUNT_EXISTS"));
        // Without a workspace: whoever knows the password goes on, nobody else.
        site.person("half@example.com").await;
        assert_eq!(refused("half@example.com", OTHER).await, was(401, "INVALID_CREDENTIALS"));
        let again = site.post("", SIGNUP, person("half@example.com")).await.of(201);
        assert_eq!(again["next"], "create_workspace");
        site.execute("UPDATE users SET status = 'suspended' WHERE email = $1", &["half@example.com"]).await;
        assert_eq!(refused("half@example.com", PASSWORD).await, was(403, "USER_SUSPENDED"));
        site.execute("UPDATE users SET status = 'active', auth_provider = 'idp' WHERE email = $1", &["half@example.com"]).await;
        assert_eq!(refused("half@example.com", PASSWORD).await, was(409, "SSO_ACCOUNT_EXISTS"));
        assert_eq!(site.post("", SIGNUP, json!({"email": "a@example.com", "password": PASSWORD, "tenant_id": "org_x"})).await.refusal(), (400, "TENANT_NOT_ALLOWED_IN_REQUEST"));
    }

    async fn one_address_that_signs_up_many_times_at_once_is_one_person(db: TestDb) {
        let site = std::sync::Arc::new(Site::open(db).await);
        let tasks: Vec<_> = (0..6).map(|_| {
            let site = site.clone();
            tokio::spawn(async move { site.post("", SIGNUP, person("ada@example.com")).await.status })
        }).collect();
        let mut answers = Vec::new();
        for task in tasks {
            answers.push(task.await.unwrap());
        }
        // The others are taken for the person who comes back, up to the number of attempts that are allowed.
        assert!(answers.iter().all(|status| [201, 429].contains(status)) && answers.contains(&201), "{answers:?}");
        assert_eq!(site.count("SELECT count(*) AS n FROM users").await, 1);
    }

    async fn signing_in_goes_where_one_was_last(db: TestDb) {
        let site = Site::open(db).await;
        let one = site.owner("ada@example.com", "one-place").await;
        let signed_in = site.login("ada@example.com", PASSWORD).await.of(200);
        assert_eq!((&signed_in["next"], signed_in["tenant_id"].as_str()), (&json!("workspace"), Some(one.tenant.as_str())));
        assert_eq!(signed_in["workspace"]["workspace_slug"], "one-place");
        let two = site.post(&one.token, "/api/v1/workspaces", json!({"workspace_name": "Two", "workspace_slug": "two-place"})).await.of(201);
        let picks = site.login("Ada@Example.com", PASSWORD).await.of(200);
        assert_eq!((&picks["next"], &picks["tenant_id"]), (&json!("pick_workspace"), &two["tenant_id"]));
        assert_eq!(picks["workspaces"].as_array().unwrap().len(), 2);
        let token = picks["access_token"].as_str().unwrap();
        let switch = async |to: &str| site.post(token, "/api/v1/auth/switch-workspace", json!({"tenant_id": to})).await.of(200);
        switch(&one.tenant).await;
        switch(&one.tenant).await;
        switch(two["tenant_id"].as_str().unwrap()).await;
        let audited = site.audited(&one.tenant).await;
        assert_eq!(audited, ["workspace.created", "user.signed_in", "user.picked_workspace"], "to where one is already is no change");
        assert_eq!(site.audited(two["tenant_id"].as_str().unwrap()).await, ["workspace.created", "user.signed_in", "user.switched_workspace"]);
        let devices = site.get(token, "/api/v1/auth/sessions").await.of(200);
        assert_eq!(devices["data"].as_array().unwrap().len(), 3, "several devices stay signed in");
    }

    async fn sign_ins_that_are_refused_say_nothing_of_who_exists(db: TestDb) {
        let site = Site::open(db).await;
        site.owner("ada@example.com", "acme").await;
        let (wrong, unknown) = (site.login("ada@example.com", OTHER).await, site.login("nobody@example.com", OTHER).await);
        assert_eq!((wrong.refusal(), unknown.refusal()), ((401, "INVALID_CREDENTIALS"), (401, "INVALID_CREDENTIALS")));
        assert_eq!(wrong.body["detail"], unknown.body["detail"]);
        assert_eq!(site.login("not an address", OTHER).await.refusal(), (400, "INVALID_EMAIL"));
        site.execute("UPDATE users SET status = 'suspended' WHERE email = $1", &["ada@example.com"]).await;
        assert_eq!(site.login("ada@example.com", OTHER).await.refusal(), (401, "INVALID_CREDENTIALS"), "only whoever knows the password is told");
        assert_eq!(site.login("ada@example.com", PASSWORD).await.refusal(), (403, "USER_SUSPENDED"));
        site.execute("UPDATE users SET status = 'active', auth_provider = 'idp' WHERE email = $1", &["ada@example.com"]).await;
        assert_eq!(site.login("ada@example.com", PASSWORD).await.refusal(), (400, "USE_SSO"));
    }

    async fn five_wrong_passwords_lock_an_address_whether_or_not_it_is_known(db: TestDb) {
        let site = Site::open(db).await;
        site.owner("ada@example.com", "acme").await;
        for email in ["ada@example.com", "nobody@example.com"] {
            for _ in 0..5 {
                assert_eq!(site.login(email, OTHER).await.refusal(), (401, "INVALID_CREDENTIALS"));
            }
            let locked = site.login(email, PASSWORD).await;
            assert_eq!(locked.refusal(), (429, "ACCOUNT_LOCKED"), "even with the right password");
            assert_eq!(locked.headers["retry-after"], "900");
        }
        assert_eq!(site.count("SELECT count(*) AS n FROM security_events WHERE kind = 'account_locked'").await, 2);
        site.advance(Duration::from_secs(15 * 60 - 1));
        assert_eq!(site.login("ada@example.com", PASSWORD).await.refusal(), (429, "ACCOUNT_LOCKED"));
        site.advance(Duration::from_secs(1));
        site.login("ada@example.com", PASSWORD).await.of(200);
        // A success forgets what was counted.
        for _ in 0..4 {
            site.login("ada@example.com", OTHER).await.of(401);
        }
        site.login("ada@example.com", PASSWORD).await.of(200);
        for _ in 0..4 {
            site.login("ada@example.com", OTHER).await.of(401);
        }
        site.login("ada@example.com", PASSWORD).await.of(200);
    }

    async fn guessing_in_parallel_gains_nothing(db: TestDb) {
        let site = std::sync::Arc::new(Site::open(db).await);
        site.owner("ada@example.com", "acme").await;
        let tasks: Vec<_> = (0..40).map(|_| {
            let site = site.clone();
            tokio::spawn(async move { site.login("ada@example.com", OTHER).await.status })
        }).collect();
        let mut looked_at = 0;
        for task in tasks {
            looked_at += usize::from(task.await.unwrap() == 401);
        }
        assert_eq!(looked_at, 5);
    }

    async fn a_forgotten_password(db: TestDb) {
        let site = Site::open(db).await;
        let owner = site.owner("ada@example.com", "acme").await;
        let forgot = async |email: &str| site.post("", "/api/v1/auth/forgot-password", json!({"email": email})).await.of(200);
        let (known, unknown) = (forgot("ada@example.com").await, forgot("nobody@example.com").await);
        assert_eq!(known, unknown);
        let first = site.mailed_soon("password_reset", "ada@example.com", 1).await.pop().unwrap();
        forgot("ada@example.com").await;
        let token = site.mailed_soon("password_reset", "ada@example.com", 2).await.pop().unwrap();
        let look = async |token: &str| site.get("", &format!("/api/v1/auth/reset-password?token={token}")).await;
        assert_eq!(look(&first).await.refusal(), (401, "RESET_TOKEN_INVALID"), "a newer one replaces it");
        assert_eq!(look("made-up").await.refusal(), (401, "RESET_TOKEN_INVALID"));
        let seen = look(&token).await;
        let csrf = Browser::of(&seen).csrf;
        assert_eq!(seen.of(200)["email_masked"], "a…@example.com");
        let cookie = format!("millrace_csrf={csrf}");
        let reset = async |token: &str, password: &str, headers: &[(&str, &str)]| {
            site.call_with("", "POST", "/api/v1/auth/reset-password", json!({"token": token, "password": password}), headers).await
        };
        let right = [("cookie", cookie.as_str()), ("x-csrf-token", csrf.as_str())];
        assert_eq!(reset("made-up", OTHER, &right).await.refusal(), (401, "RESET_TOKEN_INVALID"));
        assert_eq!(reset(&token, OTHER, &[]).await.refusal(), (403, "CSRF_FAILED"));
        assert_eq!(reset(&token, OTHER, &right[..1]).await.refusal(), (403, "CSRF_FAILED"));
        assert_eq!(reset(&token, "short", &right).await.refusal(), (400, "WEAK_PASSWORD"));
        for _ in 0..5 {
            site.login("ada@example.com", "not the password at all").await.of(401);
        }
        reset(&token, OTHER, &right).await.of(200);
        assert_eq!(reset(&token, OTHER, &right).await.refusal(), (401, "RESET_TOKEN_INVALID"), "once");
        assert_eq!(site.get(&owner.token, "/api/v1/users/me").await.refusal(), (401, "UNAUTHORIZED"), "signed out everywhere");
        assert_eq!(site.login("ada@example.com", PASSWORD).await.refusal(), (401, "INVALID_CREDENTIALS"));
        site.login("ada@example.com", OTHER).await.of(200);
        assert_eq!(site.mailed("password_reset_success", "ada@example.com").await.len(), 1);
        let audited = site.audited(&owner.tenant).await;
        assert_eq!(audited, ["workspace.created", "password.reset_requested", "password.reset_requested", "password.reset", "user.signed_in"]);
        assert!(site.mailed("password_reset", "nobody@example.com").await.is_empty());
        forgot("ada@example.com").await;
        let late = site.mailed_soon("password_reset", "ada@example.com", 3).await.pop().unwrap();
        site.advance(Duration::from_secs(60 * 60));
        assert_eq!(look(&late).await.refusal(), (401, "RESET_TOKEN_EXPIRED"));
    }

    async fn who_asks_too_often_waits(db: TestDb) {
        let site = Site::with(db, &[("MILLRACE_AUTH_EMAIL_VERIFICATION", "off"), ("MILLRACE_RATE_LIMITS", "on")]).await;
        for _ in 0..3 {
            site.post("", "/api/v1/auth/forgot-password", json!({"email": "ada@example.com"})).await.of(200);
        }
        let refused = site.post("", "/api/v1/auth/forgot-password", json!({"email": "ada@example.com"})).await;
        assert_eq!(refused.refusal(), (429, "RATE_LIMITED"));
        assert!(refused.headers.contains_key("retry-after"));
        // Five from one network address, whomever they are about; that one was the fourth.
        site.post("", "/api/v1/auth/forgot-password", json!({"email": "bob@example.com"})).await.of(200);
        let refused = site.post("", "/api/v1/auth/forgot-password", json!({"email": "cy@example.com"})).await;
        assert_eq!((refused.refusal(), refused.fields()), ((429, "RATE_LIMITED"), vec!["forgot_address RATE_LIMITED".to_owned()]));
        for n in 0..20 {
            site.post("", SIGNUP, person(&format!("p{n}@example.com"))).await.of(201);
        }
        assert_eq!(site.post("", SIGNUP, person("late@example.com")).await.refusal(), (429, "RATE_LIMITED"));
    }

    async fn a_sign_in_from_somewhere_new_is_told(db: TestDb) {
        let site = Site::open(db).await;
        site.owner("ada@example.com", "acme").await;
        let from = async |ip: [u8; 4], agent: &str| {
            let (peer, body) = (std::net::SocketAddr::from((ip, 40_000)), person("ada@example.com").to_string().into_bytes());
            let headers = [("content-type", "application/json"), ("user-agent", agent)];
            site.bench.send_from(peer, "POST", "/api/v1/auth/login", body, &headers).await.of(200);
            site.mailed("login_new_device", "ada@example.com").await.len()
        };
        let (home, work) = ([192, 0, 2, 1], [192, 0, 2, 2]);
        assert_eq!((from(home, "Browser/1").await, from(home, "Browser/1").await), (1, 1));
        assert_eq!((from(home, "Browser/2").await, from(work, "Browser/1").await), (2, 3));
    }

    async fn sign_ins_of_many_accounts_from_one_address_are_slowed_down(db: TestDb) {
        let site = Site::with(db, &[("MILLRACE_AUTH_EMAIL_VERIFICATION", "off"), ("MILLRACE_RATE_LIMITS", "on")]).await;
        for n in 0..20 {
            assert_eq!(site.login(&format!("p{n}@example.com"), OTHER).await.refusal(), (401, "INVALID_CREDENTIALS"), "{n}");
        }
        assert_eq!(site.login("p20@example.com", OTHER).await.refusal(), (429, "RATE_LIMITED"));
    }
}

/// With the cost that is used in earnest: an unknown address takes as long as a wrong password.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unknown_addresses_cost_the_same_work() {
    let passwords = crate::passwords::Passwords::default();
    let password = crate::passwords::Password::new(PASSWORD.to_owned());
    let kept = passwords.hash(&password).await.unwrap();
    passwords.verify(&password, None).await.unwrap();
    let time = async |kept: Option<&str>| {
        let mut all = Vec::new();
        for _ in 0..9 {
            let began = std::time::Instant::now();
            passwords.verify(&password, kept).await.unwrap();
            all.push(began.elapsed());
        }
        all.sort();
        all[4].as_secs_f64()
    };
    let (known, unknown) = (time(Some(&kept)).await, time(None).await);
    assert!((0.5..2.0).contains(&(known / unknown)), "{known} s against {unknown} s");
}
