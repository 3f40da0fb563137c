//! Headers that claim where a request goes to, comes from, or belongs.

use millrace_db::on_both;
use serde_json::{Value, json};

use super::wire::{Attack, Request, Wire, attack};
use crate::installations::fixture::Bench;
use crate::sign_in::fixture::{Owner, PASSWORD, Site};

const LOGIN: &str = "/api/v1/auth/login";
const OURS: &str = "https://millrace.example/";

/// Ways to claim another host.
const HOSTS: [&[(&str, &str)]; 14] = [
    &[("Host", "evil.example")],
    &[("Host", "evil.example:443")],
    &[("Host", "millrace.example.evil.example")],
    &[("Host", "millrace.example@evil.example")],
    &[("Host", "millrace.example:80@evil.example")],
    &[("Host", "evil.example#millrace.example")],
    &[("X-Forwarded-Host", "evil.example")],
    &[("X-Forwarded-Host", "millrace.example, evil.example")],
    &[("X-Forwarded-Server", "evil.example")],
    &[("X-Forwarded-Proto", "http"), ("X-Forwarded-Port", "8080")],
    &[("X-Host", "evil.example"), ("X-HTTP-Host-Override", "evil.example")],
    &[("Forwarded", "host=evil.example;proto=http")],
    &[("X-Original-URL", "http://evil.example/"), ("X-Rewrite-URL", "http://evil.example/")],
    &[("Referer", "https://evil.example/")],
];

/// Ways to claim another address.
const ADDRESSES: [(&str, &str); 12] = [
    ("X-Forwarded-For", "6.6.6.6"),
    ("X-Forwarded-For", "6.6.6.6, 7.7.7.7"),
    ("X-Forwarded-For", "unknown"),
    ("X-Forwarded-For", "<script>"),
    ("Forwarded", "for=6.6.6.6"),
    ("Forwarded", "for=\"[2001:db8::1]:443\""),
    ("X-Real-IP", "6.6.6.6"),
    ("X-Client-IP", "6.6.6.6"),
    ("True-Client-IP", "6.6.6.6"),
    ("CF-Connecting-IP", "6.6.6.6"),
    ("X-Cluster-Client-IP", "6.6.6.6"),
    ("Client-IP", "6.6.6.6"),
];

/// The address that the newest session was begun from.
async fn seen(wire: &Wire) -> String {
    let row = wire.site.bench.app.platform().read().await.unwrap().one(millrace_db::sql("SELECT ip FROM sessions ORDER BY id DESC LIMIT 1")).await.unwrap();
    row.get::<Option<String>>("ip").unwrap().unwrap_or_default()
}

fn login() -> Request {
    Request::post(LOGIN, &json!({"email": "ada@example.com", "password": PASSWORD}))
}

/// The address that the session of this sign-in has, as its owner is shown it.
async fn address_of(wire: &Wire, request: Request) -> String {
    let token = wire.send(&request).await.of(200)["access_token"].as_str().unwrap().to_owned();
    let listed = wire.site.get(&token, "/api/v1/auth/sessions").await.of(200);
    let current = listed["data"].as_array().unwrap().iter().find(|one| one["current"] == true).unwrap().clone();
    current["ip"].as_str().unwrap_or_default().to_owned()
}

async fn known(db: millrace_db::testing::TestDb, more: &[(&str, &str)]) -> Wire {
    let settings = [&[("MILLRACE_PUBLIC_URL", "https://millrace.example")][..], more].concat();
    Wire::with(db, &settings).await
}

on_both! {
    async fn links_lead_to_the_configured_address(db: TestDb) {
        let wire = known(db, &[("MILLRACE_AUTH_EMAIL_VERIFICATION", "off")]).await;
        let site = &wire.site;
        let ada = site.owner("ada@example.com", "acme").await;
        for (n, headers) in HOSTS.iter().enumerate() {
            let guest = format!("guest-{n}@example.com");
            let ask = |request: Request| request.headers(headers);
            wire.send(&ask(Request::post("/api/v1/workspace/users/invite", &json!({"email": guest, "role": "member"})).token(&ada.token))).await.of(201);
            wire.send(&ask(Request::post("/api/v1/auth/forgot-password", &json!({"email": "ada@example.com"})))).await.of(200);
            let mut links = site.mailed_links("team_invitation", &guest).await;
            site.mailed_soon("password_reset", "ada@example.com", n + 1).await;
            links.extend(site.mailed_links("password_reset", "ada@example.com").await);
            let device = wire.send(&ask(Request::post("/api/v1/auth/device", &json!({"client_name": "a laptop"})))).await.of(201);
            links.extend(["verification_uri", "verification_uri_complete"].map(|field| device[field].as_str().unwrap().to_owned()));
            let workspace = wire.send(&ask(Request::get("/api/v1/workspace").token(&ada.token))).await.of(200);
            links.push(workspace["workspace_url"].as_str().unwrap().to_owned());
            let refused = wire.send(&ask(Request::get("/api/v1/workspace"))).await;
            assert!(!refused.body.to_string().contains("evil"), "{headers:?}: {}", refused.body);
            for link in links {
                assert!(link.starts_with(OURS), "{headers:?}: {link}");
            }
        }
        // The whole target of a request may name a host, too.
        wire.send(&Request::post("http://evil.example/api/v1/auth/forgot-password", &json!({"email": "ada@example.com"}))).await.of(200);
        let links = site.mailed_soon("password_reset", "ada@example.com", HOSTS.len() + 1).await;
        assert_eq!(links.len(), HOSTS.len() + 1);
        assert!(site.mailed_links("password_reset", "ada@example.com").await.iter().all(|link| link.starts_with(OURS)));
    }

    async fn a_verification_leads_there_too(db: TestDb) {
        let wire = known(db, &[]).await;
        for (n, headers) in HOSTS.iter().enumerate() {
            let email = format!("new-{n}@example.com");
            wire.send(&Request::post("/api/v1/auth/signup", &json!({"email": email, "password": PASSWORD})).headers(headers)).await.of(201);
            let links = wire.site.mailed_links("verify_email", &email).await;
            assert!(links.len() == 1 && links[0].starts_with(OURS), "{headers:?}: {links:?}");
        }
    }

    async fn an_address_is_the_connection_s(db: TestDb) {
        let wire = Wire::open(db).await;
        wire.site.person("ada@example.com").await;
        for (name, value) in ADDRESSES {
            assert_eq!(address_of(&wire, login().header(name, value)).await, "127.0.0.1", "{name}: {value}");
        }
        assert_eq!(seen(&wire).await, "127.0.0.1");
    }

    async fn behind_a_trusted_proxy_only_its_own_word_counts(db: TestDb) {
        let wire = Wire::with(db, &[("MILLRACE_AUTH_EMAIL_VERIFICATION", "off"), ("MILLRACE_TRUSTED_PROXIES", "1")]).await;
        wire.site.person("ada@example.com").await;
        for (lines, expected) in [
            (&["9.9.9.9"][..], "9.9.9.9"),
            (&["6.6.6.6, 9.9.9.9"], "9.9.9.9"),
            (&["6.6.6.6", "9.9.9.9"], "9.9.9.9"),
            (&["9.9.9.9, "], "127.0.0.1"),
            (&["not an address"], "127.0.0.1"),
            (&[], "127.0.0.1"),
        ] {
            let request = lines.iter().fold(login(), |request, line| request.header("X-Forwarded-For", line));
            assert_eq!(address_of(&wire, request.clone()).await, expected, "{lines:?}");
            assert_eq!(address_of(&wire, request.header("X-Real-IP", "6.6.6.6").header("Forwarded", "for=6.6.6.6")).await, expected, "{lines:?}");
        }
    }

    async fn another_claimed_address_is_no_new_caller(db: TestDb) {
        let site = Site { bench: Bench::with(db, &[("MILLRACE_AUTH_EMAIL_VERIFICATION", "off")]).await };
        let wire = Wire::of(site).await;
        let wrong = |n: usize| Request::post(LOGIN, &json!({"email": format!("nobody-{n}@example.com"), "password": "not a password"}));
        let mut refusals = Vec::new();
        for n in 0..25 {
            let (name, _) = ADDRESSES[n % ADDRESSES.len()];
            let request = wrong(n).header(name, &format!("6.6.6.{n}")).header("User-Agent", &format!("program {n}"));
            refusals.push(wire.send(&request).await.status);
        }
        assert_eq!(refusals.iter().filter(|status| **status == 401).count(), 20, "{refusals:?}");
        assert!(refusals[20..].iter().all(|status| *status == 429), "{refusals:?}");
    }

    async fn claims_of_a_workspace(db: TestDb) {
        let wire = Wire::with(db, &[("MILLRACE_AUTH_EMAIL_VERIFICATION", "off"), ("MILLRACE_BASE_DOMAIN", "millrace.example")]).await;
        let site = &wire.site;
        let (ada, eve): (Owner, Owner) = (site.owner("ada@example.com", "acme").await, site.owner("eve@example.com", "globex").await);
        let runs = |headers: &[(&str, &str)]| Request::get("/api/runs").token(&eve.token).headers(headers);
        let denied = |headers: &[(&str, &str)]| attack(format!("{headers:?}"), runs(headers), 403, "WORKSPACE_ACCESS_DENIED");
        let mut attacks: Vec<Attack> = ["acme.millrace.example", "ACME.millrace.example", "acme.Millrace.Example", "acme.millrace.example.", "acme.millrace.example:443"].iter().map(|host| denied(&[("Host", host)])).collect();
        attacks.push(attack("one's own", runs(&[("Host", "globex.millrace.example")]), 200, ""));
        attacks.push(attack("two hosts", runs(&[("Host", "globex.millrace.example"), ("Host", "acme.millrace.example")]), 400, "HEADER_REPEATED"));
        attacks.push(attack("two kinds of access", runs(&[("X-Support-Access", "sup_01h455vb4pex5vsknk084sn02q"), ("X-Support-Access", "sup_01h455vb4pex5vsknk084sn02r")]), 400, "HEADER_REPEATED"));
        attacks.push(attack("access that nobody gave", runs(&[("X-Support-Access", "sup_01h455vb4pex5vsknk084sn02q")]), 403, "SUPPORT_ACCESS_ENDED"));
        wire.withstands(attacks).await;
        // What names a workspace anywhere else is not looked at: the answer is that of one's own.
        let own = wire.send(&Request::get("/api/v1/workspace").token(&eve.token)).await.of(200);
        for name in ["X-Tenant-Id", "X-Tenant", "X-Workspace-Id", "X-Organization-Id", "X-Org-Id", "X-Millrace-Tenant", "X-User-Id", "X-Role", "X-Original-URL", "X-Rewrite-URL"] {
            let shown = wire.send(&Request::get("/api/v1/workspace").token(&eve.token).header(name, &ada.tenant)).await.of(200);
            assert_eq!(shown, own, "{name}");
        }
        let cookie = format!("tenant_id={0}; workspace={0}", ada.tenant);
        assert_eq!(wire.send(&Request::get("/api/v1/workspace").token(&eve.token).header("Cookie", &cookie)).await.of(200), own);
        // An id of a request that is no id does not come back.
        for id in ["a b", "<script>", &"x".repeat(500)] {
            let answer = wire.send(&Request::get("/api/runs").token(&eve.token).header("X-Request-Id", id)).await;
            assert_ne!(answer.headers["x-request-id"].to_str().unwrap(), id);
            assert_ne!(answer.body["request_id"], Value::String(id.to_owned()));
        }
    }
}
