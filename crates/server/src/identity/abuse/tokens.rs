//! Forged, foreign and ended credentials.

use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use millrace_db::{on_both, sql};
use serde_json::{Value, json};

use super::wire::{Attack, Request, Wire, attack};
use crate::secrets::Place;
use crate::sessions::limits::{ACCESS_TTL, CLOCKS};
use crate::sign_in::fixture::Owner;

const ME: &str = "/api/v1/users/me";
const RUNS: &str = "/api/runs";

/// The key that this server signs with, taken out of its database, and what a good token of it says.
struct Mint {
    pair: Ed25519KeyPair,
    head: Value,
    claims: Value,
    good: String,
}

fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

fn shown(text: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).unwrap()).unwrap()
}

fn with(value: &Value, field: &str, to: impl Into<Value>) -> Value {
    let mut changed = value.clone();
    changed[field] = to.into();
    changed
}

fn without(value: &Value, field: &str) -> Value {
    let mut changed = value.clone();
    changed.as_object_mut().unwrap().remove(field);
    changed
}

fn signed(pair: &Ed25519KeyPair, head: &Value, claims: &Value) -> String {
    let text = format!("{}.{}", part(head), part(claims));
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(pair.sign(text.as_bytes()).as_ref()))
}

fn maced(algorithm: hmac::Algorithm, secret: &[u8], head: &Value, claims: &Value) -> String {
    let text = format!("{}.{}", part(head), part(claims));
    let mac = hmac::sign(&hmac::Key::new(algorithm, secret), text.as_bytes());
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(mac.as_ref()))
}

fn stranger() -> Ed25519KeyPair {
    Ed25519KeyPair::from_pkcs8(Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap().as_ref()).unwrap()
}

impl Mint {
    async fn of(wire: &Wire, good: &str) -> Self {
        let app = &wire.site.bench.app;
        let row = app.platform().read().await.unwrap().one(sql("SELECT id, private_key FROM signing_keys")).await.unwrap();
        let (id, sealed): (String, String) = (row.get("id").unwrap(), row.get("private_key").unwrap());
        let document = app.keyring.open_at(Place { tenant: "", kind: "signing_key", id: &id }, &sealed).unwrap();
        let parts: Vec<&str> = good.split('.').collect();
        Self { pair: Ed25519KeyPair::from_pkcs8(&document).unwrap(), head: shown(parts[0]), claims: shown(parts[1]), good: good.to_owned() }
    }

    fn signed(&self, head: &Value, claims: &Value) -> String {
        signed(&self.pair, head, claims)
    }

    /// Tokens that say another algorithm than ours, or are signed in another way.
    fn algorithms(&self) -> Vec<(String, String)> {
        let (head, claims) = (&self.head, &self.claims);
        let signature = self.good.rsplit('.').next().unwrap();
        let mut all = Vec::new();
        for word in ["none", "None", "NONE", "nOnE", ""] {
            let head = with(head, "alg", word);
            all.push((format!("alg={word:?}, unsigned"), format!("{}.{}.", part(&head), part(claims))));
            all.push((format!("alg={word:?}, the signature of a good one"), format!("{}.{}.{signature}", part(&head), part(claims))));
            all.push((format!("alg={word:?}, signed by our own key"), self.signed(&head, claims)));
        }
        let public = self.pair.public_key().as_ref();
        let text = URL_SAFE_NO_PAD.encode(public);
        // The key as certificates and PEM files hold it (RFC 8410).
        let spki = [&[0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00][..], public].concat();
        let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(&spki));
        for (secret, bytes) in [("the public key", public), ("its text", text.as_bytes()), ("its SPKI", &spki[..]), ("its PEM", pem.as_bytes()), ("nothing", &[][..])] {
            for (word, algorithm) in [("HS256", hmac::HMAC_SHA256), ("HS384", hmac::HMAC_SHA384), ("HS512", hmac::HMAC_SHA512)] {
                all.push((format!("{word} with {secret}"), maced(algorithm, bytes, &with(head, "alg", word), claims)));
            }
            all.push((format!("says EdDSA, is HS256 with {secret}"), maced(hmac::HMAC_SHA256, bytes, head, claims)));
        }
        for word in ["RS256", "PS256", "ES256", "ES384", "Ed448", "EDDSA", "HS256"] {
            all.push((format!("says {word}, is signed by our own key"), self.signed(&with(head, "alg", word), claims)));
        }
        all.push(("without alg".to_owned(), self.signed(&without(head, "alg"), claims)));
        all
    }

    /// Tokens whose header names a key, or brings one along.
    fn keys(&self) -> Vec<(String, String)> {
        let (head, claims, own) = (&self.head, &self.claims, stranger());
        let x = URL_SAFE_NO_PAD.encode(own.public_key().as_ref());
        let jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": x, "kid": head["kid"], "alg": "EdDSA", "use": "sig"});
        let mut all = vec![
            ("a stranger's key under our name".to_owned(), signed(&own, head, claims)),
            ("without kid".to_owned(), self.signed(&without(head, "kid"), claims)),
            ("without kid, with its own jwk".to_owned(), signed(&own, &with(&without(head, "kid"), "jwk", jwk.clone()), claims)),
            ("its own jwk".to_owned(), signed(&own, &with(head, "jwk", jwk), claims)),
        ];
        for (field, value) in [
            ("jku", json!("https://evil.example/keys.json")),
            ("jku", json!("http://127.0.0.1:8787/../keys.json")),
            ("x5u", json!("https://evil.example/cert.pem")),
            ("x5c", json!([STANDARD.encode(own.public_key().as_ref())])),
            ("x5t", json!(x)),
        ] {
            all.push((format!("its own {field}"), signed(&own, &with(head, field, value), claims)));
        }
        for kid in ["", "../../etc/passwd", "/dev/null", "sgk_01h455vb4pex5vsknk084sn02q", "' OR '1'='1", "%00", "ses_01h455vb4pex5vsknk084sn02q", "sgk_../../x"] {
            all.push((format!("kid={kid:?}"), self.signed(&with(head, "kid", kid), claims)));
            all.push((format!("kid={kid:?}, a stranger's key"), signed(&own, &with(head, "kid", kid), claims)));
        }
        for kid in [json!(null), json!(1), json!([head["kid"]]), json!({"$ne": null})] {
            all.push((format!("kid={kid}"), self.signed(&with(head, "kid", kid.clone()), claims)));
        }
        all
    }

    /// Tokens of our own key that are for something else, for another time, or for nobody.
    fn claims(&self, now: i64) -> Vec<(String, String)> {
        let (head, claims) = (&self.head, &self.claims);
        let (late, soon) = (i64::try_from(ACCESS_TTL.as_secs()).unwrap(), i64::try_from(CLOCKS.as_secs()).unwrap());
        let mut all: Vec<(String, String)> = ["iss", "aud", "sub", "sid", "scope", "iat", "exp"].iter().map(|field| (format!("without {field}"), self.signed(head, &without(claims, field)))).collect();
        let nobody = |prefix: &str| json!(format!("{prefix}_01h455vb4pex5vsknk084sn02q"));
        let changed = [
            ("exp", json!(now)),
            ("exp", json!(now - late)),
            ("exp", json!("never")),
            ("exp", json!(null)),
            ("exp", json!(-1)),
            ("iat", json!(now + soon + 1)),
            ("iat", json!(i64::MAX)),
            ("nbf", json!(now + soon + 1)),
            ("nbf", json!(i64::MAX)),
            ("nbf", json!("tomorrow")),
            ("aud", json!("another-service")),
            ("aud", json!("")),
            ("aud", json!(["another-service", "millrace-api"])),
            ("aud", json!("millrace-api-2")),
            ("iss", json!("https://evil.example")),
            ("iss", json!("Millrace")),
            ("scope", json!("refresh")),
            ("scope", json!("second_factor")),
            ("scope", json!("tenant operator")),
            ("scope", json!("")),
            ("sub", nobody("usr")),
            ("sub", json!("")),
            ("sid", nobody("ses")),
            ("sid", nobody("usr")),
        ];
        all.extend(changed.into_iter().map(|(field, value)| (format!("{field}={value}"), self.signed(head, &with(claims, field, value)))));
        all
    }

    /// A good token, damaged.
    fn damaged(&self) -> Vec<(String, String)> {
        let parts: Vec<&str> = self.good.split('.').collect();
        let (head, claims, signature) = (parts[0], parts[1], parts[2]);
        let other = part(&with(&self.claims, "tenant_id", "org_01h455vb4pex5vsknk084sn02q"));
        [
            ("another payload under its signature", format!("{head}.{other}.{signature}")),
            ("unsigned", format!("{head}.{claims}.")),
            ("two parts", format!("{head}.{claims}")),
            ("four parts", format!("{}.{signature}", self.good)),
            ("a byte less", format!("{head}.{claims}.{}", &signature[..signature.len() - 4])),
            ("a byte more", format!("{head}.{claims}.{signature}AAAA")),
            ("padded", format!("{head}.{claims}.{signature}==")),
            ("zeros for a signature", format!("{head}.{claims}.{}", URL_SAFE_NO_PAD.encode([0_u8; 64]))),
            ("nothing in it", "..".to_owned()),
            ("not base64", "a.b.c".to_owned()),
            ("very long", format!("{head}.{claims}.{}", "A".repeat(8_000))),
        ]
        .map(|(name, token)| (name.to_owned(), token))
        .into()
    }
}

on_both! {
    async fn forged_tokens(db: TestDb) {
        let wire = Wire::open(db).await;
        let ada = wire.site.owner("ada@example.com", "acme").await;
        let mint = Mint::of(&wire, &ada.token).await;
        let again = mint.signed(&mint.head, &mint.claims);
        let mut attacks = vec![attack("what our key signs is good", Request::get(ME).token(&again), 200, "")];
        let now = wire.site.bench.app.clock.now().seconds();
        for (name, token) in [mint.algorithms(), mint.keys(), mint.claims(now), mint.damaged()].concat() {
            attacks.push(attack(name, Request::get(ME).token(&token), 401, "UNAUTHORIZED"));
        }
        assert!(attacks.len() > 100, "{}", attacks.len());
        wire.withstands(attacks).await;
    }

    async fn ended_sessions_and_closed_places(db: TestDb) {
        let wire = Wire::open(db).await;
        let site = &wire.site;
        let ada = site.owner("ada@example.com", "acme").await;
        let gone = site.member(&ada, "gone@example.com", "admin").await;
        let member = site.member(&ada, "removed@example.com", "admin").await;
        let suspended = site.member(&ada, "suspended@example.com", "admin").await;
        let everywhere = site.member(&ada, "everywhere@example.com", "admin").await;
        let reset = site.member(&ada, "reset@example.com", "admin").await;
        let mut closed: Vec<(&str, Owner)> = Vec::new();
        for status in ["suspended", "deactivated", "deleted"] {
            closed.push((status, site.owner(&format!("{status}@closed.example"), &format!("was-{status}")).await));
        }
        site.post(&gone, "/api/v1/auth/logout", Value::Null).await.of(204);
        site.post(&everywhere, "/api/v1/auth/logout-everywhere", Value::Null).await.of(204);
        site.execute("UPDATE memberships SET status = 'removed' WHERE user_id = (SELECT id FROM users WHERE email = $1)", &["removed@example.com"]).await;
        site.execute("UPDATE users SET status = 'suspended' WHERE email = $1", &["suspended@example.com"]).await;
        site.execute("UPDATE sessions SET revoked_at = 1, revoked_reason = 'password_reset' WHERE user_id = (SELECT id FROM users WHERE email = $1)", &["reset@example.com"]).await;
        let mut attacks = vec![
            attack("an owner who is let in", Request::get(RUNS).token(&ada.token), 200, ""),
            attack("signed out", Request::get(RUNS).token(&gone), 401, "UNAUTHORIZED"),
            attack("signed out everywhere", Request::get(RUNS).token(&everywhere), 401, "UNAUTHORIZED"),
            attack("after a reset", Request::get(RUNS).token(&reset), 401, "UNAUTHORIZED"),
            attack("a removed member", Request::get(RUNS).token(&member), 403, "WORKSPACE_ACCESS_DENIED"),
            attack("a suspended person", Request::get(RUNS).token(&suspended), 403, "USER_SUSPENDED"),
            attack("a suspended person, about themselves", Request::get(ME).token(&suspended), 403, "USER_SUSPENDED"),
        ];
        for (status, owner) in &closed {
            site.execute("UPDATE tenants SET status = $1 WHERE id = $2", &[status, &owner.tenant]).await;
            let code = if *status == "suspended" { "WORKSPACE_ACCESS_DENIED" } else { "WORKSPACE_DEACTIVATED" };
            attacks.push(attack(format!("the owner of a {status} workspace"), Request::get(RUNS).token(&owner.token), 403, code));
        }
        wire.withstands(attacks).await;
        site.advance(ACCESS_TTL);
        wire.withstands(vec![attack("after a quarter of an hour", Request::get(ME).token(&ada.token), 401, "UNAUTHORIZED")]).await;
    }

    async fn credentials_in_the_wrong_place(db: TestDb) {
        let wire = Wire::open(db).await;
        let site = &wire.site;
        let ada = site.owner("ada@example.com", "acme").await;
        let (_, browser) = wire.sign_in("ada@example.com").await;
        let invitation = site.invite(&ada, "bob@example.com", "member").await;
        let key = site.bench.key.clone();
        // Its use is written down beside the request that comes first.
        site.get(&key, RUNS).await.of(200);
        used(&wire).await;
        let (id, secret) = key.rsplit_once('_').unwrap();
        let other = if secret.starts_with('0') { "1" } else { "0" };
        let wrong = format!("{id}_{other}{}", &secret[1..]);
        let unknown = crate::api_keys::ApiKeyText::generate().expose().to_string();
        let auth = |value: &str| Request::get(RUNS).header("Authorization", value);
        let unauthorized = |name: &str, request: Request| attack(name, request, 401, "UNAUTHORIZED");
        let mut attacks: Vec<Attack> = vec![
            attack("an access token where it belongs", Request::get(RUNS).token(&ada.token), 200, ""),
            attack("a key where it belongs", Request::get(RUNS).token(&key), 200, ""),
            unauthorized("no credential", Request::get(RUNS)),
            unauthorized("an empty one", auth("Bearer ")),
            unauthorized("a scheme alone", auth("Bearer")),
            unauthorized("a token without scheme", auth(&ada.token)),
            unauthorized("Basic with a token", auth(&format!("Basic {}", STANDARD.encode(format!("ada@example.com:{}", ada.token))))),
            unauthorized("in the query", Request::get(&format!("{ME}?access_token={}", ada.token))),
            unauthorized("in a cookie", Request::get(RUNS).header("Cookie", &format!("access_token={0}; authorization=Bearer {0}", ada.token))),
            unauthorized("the cookies of a session", Request::get(RUNS).cookies(&browser)),
            unauthorized("two of them", Request::get(RUNS).token(&ada.token).token(&key)),
            unauthorized("a refresh token", Request::get(RUNS).token(&browser.refresh)),
            unauthorized("a CSRF word", Request::get(RUNS).token(&browser.csrf)),
            unauthorized("an invitation", Request::get(RUNS).token(&invitation)),
            unauthorized("the operator in a workspace", Request::get(RUNS).token(crate::installations::fixture::OPERATOR)),
            unauthorized("an access token with the operator", Request::get("/api/admin/staff").token(&ada.token)),
            unauthorized("a key with the operator", Request::get("/api/admin/staff").token(&key)),
            attack("an owner's key where people are asked", Request::get(ME).token(&key), 401, "API_KEY_NOT_ALLOWED"),
            attack("an access token where keys are asked", Request::get("/api/v1/public/automations").token(&ada.token), 401, "API_KEY_REQUIRED"),
            attack("an unknown key", Request::get(RUNS).token(&unknown), 401, "INVALID_API_KEY"),
            attack("another secret of a known key", Request::get(RUNS).token(&wrong), 401, "INVALID_API_KEY"),
            attack("a known key without its secret", Request::get(RUNS).token(id), 401, "INVALID_API_KEY"),
            attack("a known key with a longer secret", Request::get(RUNS).token(&format!("{key}0")), 401, "INVALID_API_KEY"),
            attack("a key in capital letters", Request::get(RUNS).token(&format!("mr_{}", key[3..].to_uppercase())), 401, "INVALID_API_KEY"),
        ];
        for header in ["X-Api-Key", "X-Authorization", "Proxy-Authorization", "X-Access-Token"] {
            attacks.push(unauthorized(&format!("a key in {header}"), Request::get(RUNS).header(header, &format!("Bearer {key}"))));
        }
        wire.withstands(attacks).await;
        // Nothing is noted of who came with another secret, not even when the node has to read the key anew.
        wire.site.execute("UPDATE api_keys SET last_used_at = NULL, last_used_ip = NULL WHERE secret_hash <> $1", &[""]).await;
        site.advance(std::time::Duration::from_secs(3_600));
        // Three times: what is written beside a request shows with the next one.
        let late = attack("another secret, an hour later", Request::get(RUNS).token(&wrong), 401, "INVALID_API_KEY");
        wire.withstands(vec![late.clone(), late.clone(), late]).await;
    }
}

/// Waits until the first use of the owner's key is written down.
async fn used(wire: &Wire) {
    for _ in 0..2_000 {
        if wire.site.count("SELECT count(*) AS n FROM api_keys WHERE last_used_at IS NOT NULL").await > 0 {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    panic!("the use of a key was never written down");
}
