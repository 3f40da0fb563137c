//! Servers of others that tests talk to, as programs of Node in processes of their own; and a browser that goes to them.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use http::header;
use serde_json::Value;
use url::Url;

/// Where our server believes to be.
pub const PUBLIC: &str = "http://127.0.0.1:9";

/// A running server; it ends with the test.
pub struct Peer {
    child: Child,
    /// Its address.
    pub issuer: String,
}

impl Peer {
    /// Starts a program of `tests/peers`, which says its address in its first line.
    pub async fn start(program: &'static str, options: Value) -> Self {
        tokio::task::spawn_blocking(move || {
            let peers = concat!(env!("CARGO_MANIFEST_DIR"), "/../cli/tests/peers");
            assert!(std::path::Path::new(peers).join("node_modules/oidc-provider").is_dir(), "run scripts/peers.sh once: it installs the servers that the tests talk to");
            let mut command = Command::new("node");
            command.arg(program).arg(options.to_string()).current_dir(peers).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
            let mut child = command.spawn().expect("node is there: the tests talk to servers written for it");
            let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
            let first: Value = serde_json::from_str(&lines.next().expect("it says its address").unwrap()).unwrap();
            // It says more, and ends when nobody listens.
            std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
            Self { child, issuer: first["issuer"].as_str().unwrap().to_owned() }
        })
        .await
        .unwrap()
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A browser with nothing in it goes there and wherever it is sent; answers the address of ours that it is sent back to.
pub async fn browse(mut at: Url) -> String {
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let mut jar = BTreeMap::new();
    for _ in 0..10 {
        let cookies: Vec<String> = jar.iter().map(|(name, value): (&String, &String)| format!("{name}={value}")).collect();
        let answer = client.get(at.clone()).header("cookie", cookies.join("; ")).send().await.unwrap();
        for cookie in answer.headers().get_all(header::SET_COOKIE) {
            let (name, value) = cookie.to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap();
            jar.insert(name.to_owned(), value.to_owned());
        }
        let Some(location) = answer.headers().get(header::LOCATION) else { panic!("{}: {}", answer.status(), answer.text().await.unwrap()) };
        at = at.join(location.to_str().unwrap()).unwrap();
        if at.as_str().starts_with(PUBLIC) {
            return at.as_str().trim_start_matches(PUBLIC).to_owned();
        }
    }
    panic!("the server never sent the browser back");
}
