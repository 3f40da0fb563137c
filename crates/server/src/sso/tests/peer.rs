//! A real OpenID provider: `oidc-provider` of the npm registry, in a process of its own; and a browser that goes there.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::header;
use millrace_clock::Clock;
use millrace_db::testing::TestDb;
use serde_json::{Value, json};
use url::Url;

use crate::installations::fixture::Answer;
use crate::peers::{PUBLIC, Peer, browse};
use crate::sign_in::fixture::Site;

pub const CLIENT: &str = "millrace & co";
pub const SECRET: &str = "of the tests: 100% secret + long";

/// A running provider.
pub struct Idp {
    pub issuer: String,
    _peer: Peer,
}

impl Idp {
    /// With `userinfo`, addresses are told at the userinfo endpoint instead of in the token.
    pub async fn start(userinfo: bool) -> Self {
        let options = json!({"client_id": CLIENT, "client_secret": SECRET, "redirect": format!("{PUBLIC}/api/"), "userinfo": userinfo});
        let peer = Peer::start("oidc.mjs", options).await;
        Self { issuer: peer.issuer.clone(), _peer: peer }
    }

    /// A server whose own provider this is.
    pub async fn site(&self, db: TestDb) -> Site {
        self.site_with(db, &[("MILLRACE_SSO_ISSUER", &self.issuer), ("MILLRACE_SSO_CLIENT_ID", CLIENT), ("MILLRACE_SSO_CLIENT_SECRET", SECRET), ("MILLRACE_SSO_NAME", "Example Login")]).await
    }

    /// A server that can reach it.
    pub async fn site_with(&self, db: TestDb, settings: &[(&str, &str)]) -> Site {
        let near = [("MILLRACE_EGRESS_ALLOW", "127.0.0.0/8"), ("MILLRACE_PUBLIC_URL", PUBLIC), ("MILLRACE_AUTH_EMAIL_VERIFICATION", "off")];
        let site = Site::with(db, &[settings, &near].concat()).await;
        // The provider lives in our time.
        assert!(site.bench.app.clock.set(Clock::System.now()));
        site
    }
}

impl Idp {
    /// The token by which the provider ends sessions of a person, as it sends it; with a `lie`, as it must not.
    pub async fn logout_token(&self, sub: &str, sid: &str, lie: Option<&str>) -> String {
        let mut at = Url::parse(&format!("{}/logout-token", self.issuer)).unwrap();
        at.query_pairs_mut().append_pair("sub", sub).append_pair("sid", sid).extend_pairs(lie.map(|lie| ("lie", lie)));
        reqwest::get(at).await.unwrap().text().await.unwrap()
    }
}

/// A sign-in under way in a browser.
pub struct Journey {
    /// Where the provider wants the browser to go.
    pub to: Url,
    /// Our cookie.
    pub cookie: String,
}

/// The claims of somebody.
pub fn person(sub: &str, email: &str) -> Value {
    json!({"sub": sub, "email": email, "email_verified": true, "name": "Ada Lovelace"})
}

/// Sent to a provider by this address of ours.
pub async fn depart(site: &Site, path: &str) -> Journey {
    let answer = site.get("", path).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    let set = answer.headers.get(header::SET_COOKIE).unwrap().to_str().unwrap();
    assert!(set.contains("HttpOnly") && set.contains("SameSite=Lax") && set.starts_with("millrace_sso_"), "{set}");
    let to = Url::parse(answer.headers.get(header::LOCATION).unwrap().to_str().unwrap()).unwrap();
    Journey { to, cookie: set.split(';').next().unwrap().to_owned() }
}

impl Journey {
    /// Changes a parameter on the way to the provider.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        let pairs: Vec<(String, String)> = self.to.query_pairs().map(|(own, old)| (own.to_string(), if own == name { value.to_owned() } else { old.to_string() })).collect();
        self.to.query_pairs_mut().clear().extend_pairs(pairs);
        self
    }

    /// Signs somebody in at the provider; answers the address of ours that it sends the browser back to.
    pub async fn sign_in(&self, claims: &Value) -> String {
        let mut at = self.to.clone();
        at.query_pairs_mut().append_pair("login_hint", &URL_SAFE_NO_PAD.encode(claims.to_string()));
        browse(at).await
    }

    /// The browser comes back there; a program answers as one.
    pub async fn arrive(&self, site: &Site, back: &str) -> Answer {
        site.call_with("", "GET", back, Value::Null, &[("cookie", &self.cookie), ("accept", "application/json")]).await
    }
}

/// The whole way: there, signed in, and back.
pub async fn travel(site: &Site, path: &str, claims: &Value) -> Answer {
    let journey = depart(site, path).await;
    let back = journey.sign_in(claims).await;
    journey.arrive(site, &back).await
}
