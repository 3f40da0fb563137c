//! What is good once: used again, too late, by somebody else, cut short, of another kind, and by 16 at the same moment.

use std::collections::BTreeMap;
use std::time::Duration;

use millrace_db::on_both;
use serde_json::{Value, json};
use totp_rs::{Builder, Secret};

use super::wire::{Attack, Request, Wire, attack};
use crate::installations::fixture::Answer;
use crate::sign_in::fixture::{Browser, PASSWORD, Site};

const ACCEPT: &str = "/api/v1/auth/accept-invitation";
const RESET: &str = "/api/v1/auth/reset-password";
const VERIFY: &str = "/api/v1/auth/verify-email";
const SECOND: &str = "/api/v1/auth/second-factor";
const FACTORS: &str = "/api/v1/users/me/second-factors";
const DEVICE: &str = "/api/v1/auth/device";
const OTHER_PASSWORD: &str = "seven marble lantern otter";
const CROWD: usize = 16;

fn accept(token: &str) -> Request {
    Request::post(ACCEPT, &json!({"token": token, "password": PASSWORD}))
}

fn invited(token: &str) -> Request {
    Request::get(&format!("{ACCEPT}?token={token}"))
}

fn verify(token: &str) -> Request {
    Request::get(&format!("{VERIFY}?token={token}"))
}

/// The token of the newest reset mail, and the browser that looked at the link.
async fn reset_of(site: &Site, email: &str, mails: usize) -> (String, Browser) {
    site.post("", "/api/v1/auth/forgot-password", json!({"email": email})).await.of(200);
    let token = site.mailed_soon("password_reset", email, mails).await.pop().unwrap();
    let look = site.get("", &format!("{RESET}?token={token}")).await;
    (token, Browser::of(&look))
}

fn choose(token: &str, browser: &Browser, password: &str) -> Request {
    Request::post(RESET, &json!({"token": token, "password": password})).cookies(browser).header("X-CSRF-Token", &browser.csrf)
}

/// How often each answer was given.
fn counted(answers: &[Answer]) -> BTreeMap<(u16, String), usize> {
    let mut all = BTreeMap::new();
    for answer in answers {
        *all.entry((answer.status, answer.refusal().1.to_owned())).or_default() += 1;
    }
    all
}

/// Of a crowd one gets in, and the others get one of these refusals.
#[track_caller]
fn one_of(answers: &[Answer], refusals: &[(u16, &str)]) -> Value {
    let counts = counted(answers);
    let (good, bad): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status < 300);
    assert_eq!((good.len(), answers.len()), (1, CROWD), "{counts:?}");
    assert!(bad.iter().all(|answer| refusals.contains(&answer.refusal())), "{counts:?}");
    good[0].body.clone()
}

/// An authenticator app that was confirmed, and its recovery codes.
struct App {
    secret: String,
    recovery: Vec<String>,
}

impl App {
    async fn add(site: &Site, token: &str) -> Self {
        let begun = site.post(token, FACTORS, json!({"password": PASSWORD})).await.of(201);
        let (id, secret) = (begun["id"].as_str().unwrap(), begun["secret"].as_str().unwrap().to_owned());
        let mut app = Self { secret, recovery: Vec::new() };
        let done = site.post(token, &format!("{FACTORS}/{id}/confirm"), json!({"code": app.code(site)})).await.of(200);
        app.recovery = done["recovery_codes"].as_array().unwrap().iter().map(|code| code.as_str().unwrap().to_owned()).collect();
        site.advance(Duration::from_secs(30));
        app
    }

    /// What it shows now.
    fn code(&self, site: &Site) -> String {
        let at = u64::try_from(site.bench.app.clock.now().seconds()).unwrap();
        Builder::new().with_secret(Secret::try_from_base32(&self.secret).unwrap()).build().unwrap().generate(at).to_string()
    }
}

/// As many sign-ins that wait for a code as a crowd needs.
async fn waiting(site: &Site, email: &str) -> Vec<String> {
    let mut all = Vec::new();
    for _ in 0..CROWD {
        all.push(site.login(email, PASSWORD).await.of(200)["token"].as_str().unwrap().to_owned());
    }
    all
}

on_both! {
    async fn invitations(db: TestDb) {
        let wire = Wire::open(db).await;
        let site = &wire.site;
        let ada = site.owner("ada@example.com", "acme").await;
        let closed = site.owner("closed@example.com", "closed").await;
        let eve = site.owner("eve@example.com", "elsewhere").await;
        site.person("known@example.com").await;
        let used = site.invite(&ada, "used@example.com", "member").await;
        site.post("", ACCEPT, json!({"token": used, "password": PASSWORD})).await.of(200);
        let replaced = site.invite(&ada, "bob@example.com", "admin").await;
        let good = site.invite(&ada, "bob@example.com", "viewer").await;
        let known = site.invite(&ada, "known@example.com", "admin").await;
        let of_closed = site.invite(&closed, "carl@example.com", "member").await;
        site.execute("UPDATE tenants SET status = 'suspended' WHERE id = $1", &[&closed.tenant]).await;
        let back = site.invite(&ada, "back@example.com", "member").await;
        let list = site.get(&ada.token, "/api/v1/workspace/invitations").await.of(200);
        let id = list["data"].as_array().unwrap().iter().find(|one| one["email"] == "back@example.com").unwrap()["invitation_id"].as_str().unwrap().to_owned();
        site.call(&ada.token, "DELETE", &format!("/api/v1/workspace/invitations/{id}"), Value::Null).await.of(204);
        let (reset, _) = reset_of(site, "eve@example.com", 1).await;
        let over = |name: &str, token: &str| [attack(name, accept(token), 400, "INVITATION_INVALID"), attack(format!("{name}, looked at"), invited(token), 400, "INVITATION_INVALID")];
        let mut attacks: Vec<Attack> = [
            over("used", &used),
            over("replaced by a newer one", &replaced),
            over("of a workspace that was suspended", &of_closed),
            over("taken back", &back),
            over("made up", "bm90LWEtdG9rZW4"),
            over("cut short", &good[..good.len() - 1]),
            over("with a space", &format!("{good}%20")),
            over("in other letters", &good.to_uppercase()),
            over("of a reset", &reset),
            over("its id", &id),
            over("nothing", ""),
        ]
        .into_iter()
        .flatten()
        .collect();
        let wrong = json!({"token": known, "password": OTHER_PASSWORD});
        attacks.extend([
            attack("with another's password", Request::post(ACCEPT, &wrong), 401, "INVALID_CREDENTIALS"),
            attack("signed in as somebody else", Request::post(ACCEPT, &json!({"token": known})).token(&eve.token), 400, "INVALID_REQUEST"),
            attack("signed in as somebody else, with another's password", Request::post(ACCEPT, &wrong).token(&eve.token), 401, "INVALID_CREDENTIALS"),
            attack("with a wider role", Request::post(ACCEPT, &json!({"token": good, "password": PASSWORD, "role": "owner"})), 400, "INVALID_REQUEST"),
            attack("for another address", Request::post(ACCEPT, &json!({"token": good, "password": PASSWORD, "email": "eve@example.com"})), 400, "INVALID_REQUEST"),
            attack("a good one, looked at", invited(&good), 200, ""),
        ]);
        wire.withstands(attacks).await;
        site.advance(Duration::from_secs(7 * 24 * 60 * 60));
        wire.withstands(vec![attack("after a week", accept(&good), 401, "INVITATION_EXPIRED"), attack("after a week, looked at", invited(&good), 401, "INVITATION_EXPIRED")]).await;
    }

    async fn a_crowd_with_one_invitation(db: TestDb) {
        let wire = Wire::open(db).await;
        let site = &wire.site;
        let ada = site.owner("ada@example.com", "acme").await;
        let token = site.invite(&ada, "bob@example.com", "member").await;
        let joined = one_of(&wire.race(vec![accept(&token); CROWD]).await, &[(400, "INVITATION_INVALID"), (401, "INVALID_CREDENTIALS"), (429, "ACCOUNT_LOCKED")]);
        assert_eq!(joined["tenant_id"], json!(ada.tenant));
        assert_eq!(site.count("SELECT count(*) AS n FROM memberships").await, 2);
        assert_eq!(site.count("SELECT count(*) AS n FROM sessions WHERE method = 'invitation'").await, 1);
        assert_eq!(site.audited(&ada.tenant).await.iter().filter(|action| *action == "invitation.accepted").count(), 1);
        // Two workspaces' invitations of one address, each to a crowd: one membership in each.
        let eve = site.owner("eve@example.com", "elsewhere").await;
        let (here, there) = (site.invite(&ada, "new@example.com", "viewer").await, site.invite(&eve, "new@example.com", "viewer").await);
        let answers = wire.race([vec![accept(&here); CROWD], vec![accept(&there); CROWD]].concat()).await;
        assert!(answers.iter().all(|answer| answer.status < 500), "{:?}", counted(&answers));
        let of_new = "SELECT count(*) AS n FROM memberships m JOIN users u ON u.id = m.user_id WHERE u.email = 'new@example.com'";
        let accepted = answers.iter().filter(|answer| answer.status == 200).count();
        assert_eq!(i64::try_from(accepted).unwrap(), site.count(of_new).await, "{:?}", counted(&answers));
        assert!((1..=2).contains(&accepted));
    }

    async fn links_of_resets(db: TestDb) {
        let wire = Wire::open(db).await;
        let site = &wire.site;
        let ada = site.owner("ada@example.com", "acme").await;
        site.person("eve@example.com").await;
        let invitation = site.invite(&ada, "bob@example.com", "member").await;
        let (replaced, looked_before) = reset_of(site, "ada@example.com", 1).await;
        let (good, looked) = reset_of(site, "ada@example.com", 2).await;
        let invalid = |name: &str, token: &str, browser: &Browser| attack(name, choose(token, browser, OTHER_PASSWORD), 401, "RESET_TOKEN_INVALID");
        wire.withstands(vec![
            invalid("replaced by a newer one", &replaced, &looked_before),
            invalid("made up", "bm90LWEtdG9rZW4", &looked),
            invalid("cut short", &good[..good.len() - 1], &looked),
            invalid("of an invitation", &invitation, &looked),
            attack("with a body for somebody else", Request::post(RESET, &json!({"token": good, "password": OTHER_PASSWORD, "email": "eve@example.com"})).cookies(&looked).header("X-CSRF-Token", &looked.csrf), 400, "INVALID_REQUEST"),
            attack("of a link before, with its word", choose(&good, &looked_before, OTHER_PASSWORD), 403, "CSRF_FAILED"),
            attack("a weak password", choose(&good, &looked, "short"), 400, "WEAK_PASSWORD"),
            attack("looked at, replaced", Request::get(&format!("{RESET}?token={replaced}")), 401, "RESET_TOKEN_INVALID"),
            attack("as a verification", verify(&good), 400, "VERIFICATION_TOKEN_USED"),
        ]).await;
        // Sixteen choose sixteen passwords: one of them holds, and every session has ended.
        let passwords: Vec<String> = (0..CROWD).map(|n| format!("{OTHER_PASSWORD} number {n}")).collect();
        let answers = wire.race(passwords.iter().map(|password| choose(&good, &looked, password)).collect()).await;
        one_of(&answers, &[(401, "RESET_TOKEN_INVALID")]);
        let winner = answers.iter().position(|answer| answer.status == 200).unwrap();
        wire.withstands(vec![
            attack("used", choose(&good, &looked, OTHER_PASSWORD), 401, "RESET_TOKEN_INVALID"),
            attack("a session from before", Request::get("/api/v1/users/me").token(&ada.token), 401, "UNAUTHORIZED"),
        ]).await;
        assert_eq!(site.mailed_links("password_reset_success", "ada@example.com").await.len(), 1);
        assert_eq!(site.login("ada@example.com", PASSWORD).await.refusal(), (401, "INVALID_CREDENTIALS"));
        site.login("ada@example.com", &passwords[winner]).await.of(200);
        let (late, looked) = reset_of(site, "ada@example.com", 3).await;
        site.advance(Duration::from_secs(60 * 60));
        wire.withstands(vec![attack("after an hour", choose(&late, &looked, OTHER_PASSWORD), 401, "RESET_TOKEN_EXPIRED")]).await;
    }

    async fn links_of_verifications(db: TestDb) {
        let wire = Wire::of(Site::strict(db).await).await;
        let site = &wire.site;
        let sign_up = |email: &str| Request::post("/api/v1/auth/signup", &json!({"email": email, "password": PASSWORD}));
        // Sixteen sign up with one address at once: one account, and one mail whose link is good.
        let answers = wire.race(vec![sign_up("ada@example.com"); CROWD]).await;
        assert!(answers.iter().all(|answer| [(201, ""), (401, "INVALID_CREDENTIALS"), (403, "EMAIL_NOT_VERIFIED"), (429, "ACCOUNT_LOCKED")].contains(&answer.refusal())), "{:?}", counted(&answers));
        assert_eq!(site.count("SELECT count(*) AS n FROM users").await, 1);
        assert_eq!(site.audited("installation").await.iter().filter(|action| *action == "user.created").count(), 1);
        let sent = site.mailed("verify_email", "ada@example.com").await.len();
        site.post("", "/api/v1/auth/resend-verification", json!({"email": "ada@example.com"})).await.of(200);
        let mut links = site.mailed_soon("verify_email", "ada@example.com", sent + 1).await;
        let good = links.pop().unwrap();
        let mut attacks: Vec<Attack> = links.iter().map(|token| attack("replaced by a newer one", verify(token), 400, "VERIFICATION_TOKEN_USED")).collect();
        attacks.push(attack("made up", verify("bm90LWEtdG9rZW4"), 400, "VERIFICATION_TOKEN_USED"));
        attacks.push(attack("as a reset", Request::get(&format!("{RESET}?token={good}")), 401, "RESET_TOKEN_INVALID"));
        attacks.push(attack("as an invitation", accept(&good), 400, "INVITATION_INVALID"));
        wire.withstands(attacks).await;
        one_of(&wire.race(vec![verify(&good); CROWD]).await, &[(400, "VERIFICATION_TOKEN_USED")]);
        assert_eq!(site.audited("installation").await.iter().filter(|action| *action == "email.verified").count(), 1);
        wire.send(&sign_up("late@example.com")).await.of(201);
        let late = site.mailed("verify_email", "late@example.com").await.pop().unwrap();
        site.advance(Duration::from_secs(24 * 60 * 60));
        wire.withstands(vec![attack("after a day", verify(&late), 401, "VERIFICATION_TOKEN_EXPIRED")]).await;
    }

    async fn codes_of_second_factors(db: TestDb) {
        let wire = Wire::open(db).await;
        let site = &wire.site;
        let ada = site.owner("ada@example.com", "acme").await;
        let app = App::add(site, &ada.token).await;
        let show = |token: &str, code: &str| Request::post(SECOND, &json!({"token": token, "code": code}));
        let refusals = [(401, "SECOND_FACTOR_REFUSED"), (401, "SECOND_FACTOR_TOKEN_INVALID"), (429, "SECOND_FACTOR_LOCKED")];
        // The session in which the app was added is confirmed by that, and is none of these.
        let sessions = "SELECT count(*) AS n FROM sessions WHERE second_factor IS NOT NULL";
        let before = site.count(sessions).await;
        // Sixteen sign-ins, one code.
        let tokens = waiting(site, "ada@example.com").await;
        let code = app.code(site);
        one_of(&wire.race(tokens.iter().map(|token| show(token, &code)).collect()).await, &refusals);
        assert_eq!(site.count(sessions).await, before + 1);
        // Sixteen sign-ins, one recovery code, once the lock that the others earned has ended.
        site.advance(Duration::from_secs(15 * 60));
        let tokens = waiting(site, "ada@example.com").await;
        one_of(&wire.race(tokens.iter().map(|token| show(token, &app.recovery[0])).collect()).await, &refusals);
        assert_eq!(site.count(sessions).await, before + 2);
        assert_eq!(site.count("SELECT count(*) AS n FROM recovery_codes WHERE used_at IS NOT NULL").await, 1);
        // One sign-in, as many good codes as tries: it is good once.
        site.advance(Duration::from_secs(15 * 60));
        let token = waiting(site, "ada@example.com").await.remove(0);
        let mut codes: Vec<&str> = app.recovery[1..].iter().map(String::as_str).collect();
        codes.resize(CROWD, app.recovery[1].as_str());
        one_of(&wire.race(codes.iter().map(|code| show(&token, code)).collect()).await, &refusals);
        assert_eq!(site.count(sessions).await, before + 3);
        assert_eq!(site.count("SELECT count(*) AS n FROM recovery_codes WHERE used_at IS NOT NULL").await, 2, "a code that opened nothing is not used up");
        site.advance(Duration::from_secs(15 * 60));
        let token = waiting(site, "ada@example.com").await.remove(0);
        let none = |name: &str, token: &str, code: &str| attack(name, show(token, code), 401, "SECOND_FACTOR_TOKEN_INVALID");
        wire.withstands(vec![
            none("a token that was made up", "bm90LWEtdG9rZW4", &code),
            none("an access token", &ada.token, &code),
            attack("the token in the place of an access token", Request::get("/api/runs").token(&token), 401, "UNAUTHORIZED"),
            attack("the token in the place of a refresh token", Request::post("/api/v1/auth/refresh", &json!({"refresh_token": token})), 401, "INVALID_REFRESH_TOKEN"),
            attack("a code twice", Request::new("POST", SECOND).text("application/json", &format!("{{\"token\":\"{token}\",\"code\":\"000000\",\"code\":\"{code}\"}}")), 400, "INVALID_REQUEST"),
            attack("codes as a list", Request::post(SECOND, &json!({"token": token, "code": [code, "000000"]})), 400, "INVALID_REQUEST"),
        ]).await;
        site.advance(Duration::from_secs(5 * 60));
        wire.withstands(vec![none("after five minutes", &token, &app.code(site))]).await;
    }

    async fn codes_of_devices(db: TestDb) {
        let wire = Wire::open(db).await;
        let site = &wire.site;
        let (ada, eve) = (site.owner("ada@example.com", "acme").await, site.owner("eve@example.com", "elsewhere").await);
        let begin = async || {
            let asked = site.post("", DEVICE, json!({"client_name": "a laptop"})).await.of(201);
            (asked["device_code"].as_str().unwrap().to_owned(), asked["user_code"].as_str().unwrap().to_owned())
        };
        let decide = |token: &str, code: &str, approve: bool| Request::post("/api/v1/auth/device/approve", &json!({"user_code": code, "approve": approve})).token(token);
        let fetch = |code: &str| Request::post("/api/v1/auth/device/token", &json!({"device_code": code}));
        let (device, code) = begin().await;
        // Two people decide about one device, sixteen times at once: one decision counts.
        let decisions = (0..CROWD).map(|n| decide(if n % 2 == 0 { &ada.token } else { &eve.token }, &code, n % 4 < 2)).collect();
        let decided = one_of(&wire.race(decisions).await, &[(404, "USER_CODE_UNKNOWN")]);
        assert_eq!(site.count("SELECT count(*) AS n FROM device_logins WHERE state <> 'pending' AND user_id IS NOT NULL").await, 1);
        if decided["status"] == "denied" {
            wire.withstands(vec![attack("denied", fetch(&device), 400, "DEVICE_DENIED").leaving(&["device_logins"])]).await;
        }
        let (device, code) = begin().await;
        wire.withstands(vec![
            attack("the user's code in the place of the device's", fetch(&code), 400, "DEVICE_CODE_EXPIRED"),
            attack("the device's code in the place of the user's", decide(&ada.token, &device, true), 404, "USER_CODE_UNKNOWN"),
            attack("nobody allows it", Request::post("/api/v1/auth/device/approve", &json!({"user_code": code, "approve": true})), 401, "UNAUTHORIZED"),
            attack("a key allows it", decide(&site.bench.key, &code, true), 401, "API_KEY_NOT_ALLOWED"),
            attack("in the query", Request::post(&format!("/api/v1/auth/device/approve?approve=true&user_code={code}"), &json!({"user_code": code})).token(&ada.token), 400, "INVALID_REQUEST"),
        ]).await;
        wire.send(&decide(&ada.token, &code, true)).await.of(200);
        let opened = one_of(&wire.race(vec![fetch(&device); CROWD]).await, &[(400, "DEVICE_CODE_EXPIRED")]);
        assert_eq!(opened["user"]["email"], "ada@example.com");
        assert_eq!(site.count("SELECT count(*) AS n FROM sessions WHERE method = 'device'").await, 1);
        wire.withstands(vec![attack("used", fetch(&device), 400, "DEVICE_CODE_EXPIRED"), attack("decided again", decide(&eve.token, &code, false), 404, "USER_CODE_UNKNOWN")]).await;
    }

    async fn names_and_first_workspaces(db: TestDb) {
        let wire = Wire::open(db).await;
        let site = &wire.site;
        let make = |token: &str, slug: &str| Request::post("/api/v1/auth/create-workspace", &json!({"workspace_name": "Acme", "workspace_slug": slug})).token(token);
        // One person, sixteen first workspaces.
        let ada = site.person("ada@example.com").await;
        one_of(&wire.race((0..CROWD).map(|n| make(&ada, &format!("acme-{n}"))).collect()).await, &[(409, "WORKSPACE_MEMBERSHIP_EXISTS")]);
        // Sixteen people, one name.
        let mut people = Vec::new();
        for n in 0..CROWD {
            people.push(site.person(&format!("person-{n}@example.com")).await);
        }
        one_of(&wire.race(people.iter().map(|token| make(token, "wanted")).collect()).await, &[(409, "SLUG_TAKEN")]);
        assert_eq!(site.count("SELECT count(*) AS n FROM memberships").await, 2);
    }
}
