//! A real OAuth 2 server at the addresses of Google's: `oidc-provider` of the npm registry, in a process of its own.

use std::collections::BTreeMap;
use std::process::Stdio;

use reqwest::redirect::Policy;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use super::{Server, Setup};

/// Where the server under test says that it is: the OAuth server knows one address to send people back to.
pub const PUBLIC: &str = "http://127.0.0.1:9";

/// A running OAuth 2 server; it ends with the test.
pub struct Google {
    issuer: String,
    _child: Child,
}

impl Google {
    /// Starts one that knows these clients; the secret of each is `secret-of-<client>`.
    pub async fn start(clients: &[&str]) -> Self {
        let peers = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peers");
        assert!(std::path::Path::new(peers).join("node_modules/oidc-provider").is_dir(), "run scripts/peers.sh once: it installs the OAuth server of the tests");
        let clients: Vec<Value> = clients.iter().map(|id| json!({"id": id, "secret": format!("secret-of-{id}")})).collect();
        let options = json!({"clients": clients, "redirect": format!("{PUBLIC}/api/oauth/gmail/callback")});
        let mut command = Command::new("node");
        command.arg("oauth.mjs").arg(options.to_string()).current_dir(peers).stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().expect("node is there: the tests talk to an OAuth server written for it");
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let first: Value = serde_json::from_str(&lines.next_line().await.unwrap().expect("it says its address")).unwrap();
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Self { issuer: first["issuer"].as_str().unwrap().to_owned(), _child: child }
    }

    /// A server that meets it where Google's would be.
    pub fn met_by(&self, setup: Setup) -> Setup {
        setup.map("oauth2.googleapis.com", &self.issuer).env("MILLRACE_PUBLIC_URL", PUBLIC)
    }

    /// How many tokens this client asked for in this way.
    pub async fn asked(&self, client: &str, how: &str) -> u64 {
        let counts: Value = serde_json::from_str(&reqwest::get(format!("{}/asked", self.issuer)).await.unwrap().text().await.unwrap()).unwrap();
        counts[format!("{client} {how}")].as_u64().unwrap_or(0)
    }

    /// There and back: somebody connects their account to an installation; answers the connection.
    pub async fn connect(&self, server: &Server, token: &str, installation: &str, who: &str) -> Value {
        let path = format!("/api/oauth/gmail/authorize?installation={installation}");
        let (status, there) = server.api_as(token, "GET", &path, None).await;
        assert_eq!(status, 200, "{there}");
        let back = self.consent(there["authorize_url"].as_str().unwrap(), who).await;
        let (status, made) = server.api_as(token, "GET", &back, None).await;
        assert_eq!(status, 200, "{made}");
        made
    }

    /// A person consents in a browser; answers the path of ours that it is sent back to.
    async fn consent(&self, to: &str, who: &str) -> String {
        let client = reqwest::Client::builder().redirect(Policy::none()).build().unwrap();
        let mut at = reqwest::Url::parse(&to.replace("https://accounts.google.com", &self.issuer)).unwrap();
        at.query_pairs_mut().append_pair("login_hint", who);
        let mut jar: BTreeMap<String, String> = BTreeMap::new();
        for _ in 0..10 {
            let cookies: Vec<String> = jar.iter().map(|(name, value)| format!("{name}={value}")).collect();
            let answer = client.get(at.clone()).header("cookie", cookies.join("; ")).send().await.unwrap();
            for cookie in answer.headers().get_all("set-cookie") {
                let (name, value) = cookie.to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap();
                jar.insert(name.to_owned(), value.to_owned());
            }
            let location = answer.headers().get("location").unwrap_or_else(|| panic!("{}: nowhere to go", answer.status())).to_str().unwrap();
            at = at.join(location).unwrap();
            if at.as_str().starts_with(PUBLIC) {
                return at.as_str().trim_start_matches(PUBLIC).to_owned();
            }
        }
        panic!("the server never sent the browser back");
    }
}
