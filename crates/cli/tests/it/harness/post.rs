//! A real mail server in a process of its own: `smtp-server` of the npm registry.

use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, ChildStdin, Command};

use super::{LONG, eventually};

/// A running mail server; it ends with the test.
pub struct Post {
    port: u16,
    orders: ChildStdin,
    said: Arc<Mutex<Vec<Value>>>,
    _child: Child,
}

impl Post {
    /// Starts one that lets everybody send.
    pub async fn start() -> Self {
        let peers = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peers");
        assert!(std::path::Path::new(peers).join("node_modules").is_dir(), "run scripts/peers.sh once: it installs the mail server of the tests");
        let mut command = Command::new("node");
        command.arg("smtp.mjs").arg(json!({"tls": "none"}).to_string()).current_dir(peers).stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().expect("node is there: the tests talk to a mail server written for it");
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let first: Value = serde_json::from_str(&lines.next_line().await.unwrap().expect("it says its port")).unwrap();
        let said: Arc<Mutex<Vec<Value>>> = Arc::default();
        let heard = said.clone();
        tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                heard.lock().push(serde_json::from_str(&line).unwrap());
            }
        });
        Self { port: u16::try_from(first["port"].as_u64().unwrap()).unwrap(), orders: child.stdin.take().unwrap(), said, _child: child }
    }

    /// Its address, as the configuration takes it.
    pub fn url(&self) -> String {
        format!("smtp://localhost:{}", self.port)
    }

    /// From now on it takes mails and does not say so, or does again.
    pub async fn hold(&mut self, holding: bool) {
        let before = self.answers();
        self.orders.write_all(if holding { b"hold\n" } else { b"answer\n" }).await.unwrap();
        eventually("the mail server heard", LONG, async || (self.answers() > before).then_some(())).await;
    }

    fn answers(&self) -> usize {
        self.said.lock().iter().filter(|line| line.get("holding").is_some()).count()
    }

    /// The mails that it took so far, whether or not it said so: recipient and `Message-ID`.
    pub fn taken(&self) -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let said = self.said.lock();
        said.iter().filter(|line| line.get("envelope").is_some()).map(|mail| (text(&mail["envelope"]["to"][0]), text(&mail["headers"]["message-id"]))).collect()
    }

    /// Waits until it has taken this many.
    pub async fn took(&self, count: usize) {
        eventually(&format!("{count} mails"), Duration::from_secs(120), async || (self.taken().len() >= count).then_some(())).await;
    }
}
