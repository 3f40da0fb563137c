//! Whether the time of an answer tells who or what is known.
//!
//! Always: both paths send the same statements and hash as many passwords, and answer the same. Measured over HTTP, by hand,
//! because a busy machine measures itself: `cargo test --release -p millrace-server --lib measured -- --ignored --nocapture`,
//! with passwords hashed at the cost that they have in production.
//!
//! Two things are told by the answer itself and need no clock, as the specification wants it: that somebody has signed up with an
//! address and a workspace (`ACCOUNT_EXISTS`, 20 an hour for each network address), and that an address signs in at its
//! organisation (`USE_SSO`, `SSO_ACCOUNT_EXISTS`).

use std::time::Instant;

use millrace_db::on_both;
use millrace_db::testing::{TestDb, postgres, sqlite, statements_of};
use serde_json::{Value, json};

use super::wire::{Request, Wire};
use crate::app::testing::hashing;
use crate::passwords::Cost;
use crate::sign_in::fixture::{PASSWORD, Site};

const LOGIN: &str = "/api/v1/auth/login";
const ACCEPT: &str = "/api/v1/auth/accept-invitation";
const RESET: &str = "/api/v1/auth/reset-password";

/// A question about something that is there, and the same about something that is not.
struct Pair {
    name: &'static str,
    method: &'static str,
    known: (String, Value),
    unknown: (String, Value),
    /// The credential of both; or one each.
    tokens: (String, String),
    /// Whether it can be guessed: an address, a code that people type. What 256 random bits name cannot: nobody finds out that
    /// one of them is known without having it.
    guessable: bool,
}

fn pair(name: &'static str, method: &'static str, known: (&str, Value), unknown: (&str, Value)) -> Pair {
    Pair { name, method, known: (known.0.to_owned(), known.1), unknown: (unknown.0.to_owned(), unknown.1), tokens: Default::default(), guessable: true }
}

impl Pair {
    fn with(mut self, known: &str, unknown: &str) -> Self {
        self.tokens = (known.to_owned(), unknown.to_owned());
        self
    }

    fn random(mut self) -> Self {
        self.guessable = false;
        self
    }

    fn request(&self, known: bool) -> Request {
        let ((path, body), token) = if known { (&self.known, &self.tokens.0) } else { (&self.unknown, &self.tokens.1) };
        let request = Request::new(self.method, path);
        let request = if token.is_empty() { request } else { request.token(token) };
        if body.is_null() { request } else { request.json(body) }
    }
}

/// Everything that somebody could ask about by its answer's time.
async fn pairs(site: &Site) -> Vec<Pair> {
    let ada = site.owner("ada@example.com", "acme").await;
    let credentials = |email: &str, password: &str| json!({"email": email, "password": password});
    let used = site.invite(&ada, "used@example.com", "member").await;
    site.post("", ACCEPT, json!({"token": used, "password": PASSWORD})).await.of(200);
    site.invite(&ada, "invited@example.com", "member").await;
    let device = site.post("", "/api/v1/auth/device", json!({"client_name": "a laptop"})).await.of(201);
    let user_code = device["user_code"].as_str().unwrap().to_owned();
    site.post(&ada.token, "/api/v1/auth/device/approve", json!({"user_code": user_code, "approve": true})).await.of(200);
    site.post("", "/api/v1/auth/device/token", json!({"device_code": device["device_code"]})).await.of(200);
    let key = site.post(&ada.token, "/api/v1/api-keys", json!({"name": "A", "permissions": ["runs"]})).await.of(201)["key"].as_str().unwrap().to_owned();
    site.get(&key, "/api/runs").await.of(200);
    let (id, secret) = key.rsplit_once('_').unwrap();
    let wrong = format!("{id}_{}{}", if secret.starts_with('0') { '1' } else { '0' }, &secret[1..]);
    let nobody = crate::api_keys::ApiKeyText::generate().expose().to_string();
    let strong = "seven marble lantern otter";
    let long = "x7#kQ!mZ2@pLw9$vTn".repeat(7);
    vec![
        pair("signing in", "POST", (LOGIN, credentials("ada@example.com", strong)), (LOGIN, credentials("nobody@example.com", strong))),
        pair("signing in with a long password", "POST", (LOGIN, credentials("ada@example.com", &long)), (LOGIN, credentials("nobody@example.com", &long))),
        pair("signing in with a weak password", "POST", (LOGIN, credentials("ada@example.com", "123456")), (LOGIN, credentials("nobody@example.com", "123456"))),
        pair("signing in, invited", "POST", (LOGIN, credentials("invited@example.com", "123456")), (LOGIN, credentials("nobody@example.com", "123456"))),
        pair("a forgotten password", "POST", ("/api/v1/auth/forgot-password", json!({"email": "ada@example.com"})), ("/api/v1/auth/forgot-password", json!({"email": "nobody@example.com"}))),
        pair("a verification", "POST", ("/api/v1/auth/resend-verification", json!({"email": "ada@example.com"})), ("/api/v1/auth/resend-verification", json!({"email": "nobody@example.com"}))),
        pair("an invitation", "GET", (&format!("{ACCEPT}?token={used}"), Value::Null), (&format!("{ACCEPT}?token={}", "A".repeat(43)), Value::Null)).random(),
        pair("a device's own code", "POST", ("/api/v1/auth/device/token", json!({"device_code": device["device_code"]})), ("/api/v1/auth/device/token", json!({"device_code": "B".repeat(43)}))).random(),
        pair("a typed code", "GET", (&format!("/api/v1/auth/device/approve?user_code={user_code}"), Value::Null), ("/api/v1/auth/device/approve?user_code=BCDF-GHJK", Value::Null)).with(&ada.token, &ada.token),
        pair("a key", "GET", ("/api/runs", Value::Null), ("/api/runs", Value::Null)).with(&wrong, &nobody).random(),
        pair("a reset", "GET", (&format!("{RESET}?token={used}"), Value::Null), (&format!("{RESET}?token={}", "A".repeat(43)), Value::Null)).random(),
    ]
}

/// Forgets who was tried, so that nobody is locked out.
async fn unlock(site: &Site) {
    site.execute("DELETE FROM login_attempts", &[]).await;
}

on_both! {
    async fn known_and_unknown_are_the_same_work(db: TestDb) {
        let site = Site::open(db).await;
        let pairs = pairs(&site).await;
        for pair in &pairs {
            let ask = async |known: bool| {
                unlock(&site).await;
                let request = pair.request(known);
                let before = site.bench.app.passwords.worked();
                let (answer, statements) = statements_of(request.within(&site)).await;
                (answer.status, answer.body["code"].clone(), statements, site.bench.app.passwords.worked() - before)
            };
            // Once before, so that what is remembered is remembered.
            ask(true).await;
            ask(false).await;
            let (known, unknown) = (ask(true).await, ask(false).await);
            assert_eq!(known, unknown, "{}", pair.name);
        }
    }

    async fn with_verification_on_it_is_the_same_work_too(db: TestDb) {
        let site = Site::strict(db).await;
        site.post("", "/api/v1/auth/signup", json!({"email": "ada@example.com", "password": PASSWORD})).await.of(201);
        for password in ["123456", "seven marble lantern otter"] {
            let mut seen = Vec::new();
            for email in ["ada@example.com", "nobody@example.com", "ada@example.com", "nobody@example.com"] {
                unlock(&site).await;
                let before = site.bench.app.passwords.worked();
                let (answer, statements) = statements_of(site.login(email, password)).await;
                seen.push((answer.status, answer.body["code"].clone(), statements, site.bench.app.passwords.worked() - before));
            }
            assert_eq!(seen[2], seen[3], "{password}");
            assert_eq!((seen[2].0, seen[2].3), (401, 1), "{password}");
        }
    }
}

/// Samples of each side.
const SAMPLES: usize = 400;

/// How often a sample of `a` is the larger one, of all pairs with one of `b`: 0.5 when nothing can be told apart (Mann-Whitney).
fn larger(a: &[f64], b: &[f64]) -> f64 {
    let score = |x: &f64| b.iter().map(|y| if x > y { 1.0 } else if (x - y).abs() < f64::EPSILON { 0.5 } else { 0.0 }).sum::<f64>();
    #[allow(clippy::cast_precision_loss)]
    let all = (a.len() * b.len()) as f64;
    a.iter().map(score).sum::<f64>() / all
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}

/// Microseconds of both sides, asked in random order.
async fn measured(wire: &Wire, sides: [&Request; 2]) -> [Vec<f64>; 2] {
    let mut times: [Vec<f64>; 2] = Default::default();
    for n in 0..SAMPLES + 20 {
        let first = usize::from(rand::random::<bool>());
        for side in [first, 1 - first] {
            unlock(&wire.site).await;
            let began = Instant::now();
            wire.send(sides[side]).await;
            // The first ones warm up.
            if n >= 20 {
                times[side].push(began.elapsed().as_secs_f64() * 1e6);
            }
        }
    }
    times
}

/// With 400 samples of each side chance alone makes 0.5 ± 0.02; 0.1 more is five times that.
const TELLS: f64 = 0.1;

async fn nothing_tells(db: TestDb) {
    let wire = Wire::open(db).await;
    let pairs = pairs(&wire.site).await;
    let mut telling = Vec::new();
    for pair in &pairs {
        let times = measured(&wire, [&pair.request(true), &pair.request(false)]).await;
        let share = larger(&times[0], &times[1]);
        println!("{:<34} known {:>7.0} µs  unknown {:>7.0} µs  known is slower in {:.3}{}", pair.name, median(&times[0]), median(&times[1]), share, if pair.guessable { "" } else { "   (256 random bits)" });
        if pair.guessable && (share - 0.5).abs() > TELLS {
            telling.push(pair.name);
        }
    }
    // The measurement sees a difference where there is one: a password that is looked at, and one that is not.
    let looked = Request::post(LOGIN, &json!({"email": "nobody@example.com", "password": "123456"}));
    let refused = Request::post(LOGIN, &json!({"email": "no address", "password": "123456"}));
    let times = measured(&wire, [&looked, &refused]).await;
    assert!(larger(&times[0], &times[1]) > 0.5 + TELLS, "this machine is too busy to measure anything");
    assert!(telling.is_empty(), "the time tells: {telling:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "measures; run it alone on an idle machine"]
async fn measured_on_sqlite() {
    hashing(Cost::STANDARD, nothing_tells(sqlite().await)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "measures; run it alone on an idle machine"]
async fn measured_on_postgres() {
    hashing(Cost::STANDARD, nothing_tells(postgres().await)).await;
}
