//! The client's side: triggers are sent until each is accepted, and what was accepted is written down before it counts.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use aws_lc_rs::hmac;
use parking_lot::Mutex;
use serde_json::Value;
use tokio::task::JoinHandle;

use crate::errand::Errand;
use crate::http::Connection;
use crate::sink::Sink;

/// Pause after a delivery that was not accepted.
const AGAIN: Duration = Duration::from_millis(40);

/// Every n-th accepted delivery is sent once more: it must name the same run.
const TWICE: u64 = 16;

/// What the client knows.
#[derive(Debug, Default)]
pub struct Ledger {
    /// Errand → run, as first answered.
    pub accepted: BTreeMap<u64, String>,
    /// Deliveries that were answered with another run than before.
    pub contradictions: Vec<String>,
    /// Tries that were not accepted.
    pub refused: u64,
}

/// Where and how triggers are sent.
pub struct Client {
    targets: Vec<SocketAddr>,
    path: String,
    key: hmac::Key,
    seed: u64,
    log: Mutex<std::fs::File>,
    ledger: Mutex<Ledger>,
    accepted: AtomicU64,
    next: AtomicU64,
    released: AtomicU64,
    total: u64,
    stop: AtomicBool,
}

impl Client {
    /// A client of the errand's webhook that will send `total` triggers, none of them before [`Client::release`].
    ///
    /// # Errors
    /// The installation has no webhook, or the log cannot be written.
    pub fn new(targets: Vec<SocketAddr>, installation: &Value, seed: u64, total: u64, log: &Path) -> anyhow::Result<Arc<Self>> {
        let hook = &installation["webhooks"][0];
        let url = hook["url"].as_str().context("no webhook url")?;
        let secret = hook["signing_secret"].as_str().context("no signing secret")?;
        Ok(Arc::new(Self {
            targets,
            path: url.find("/api/").map(|at| url[at..].to_owned()).context("no path")?,
            key: hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()),
            seed,
            log: Mutex::new(std::fs::File::create(log)?),
            ledger: Mutex::default(),
            accepted: AtomicU64::new(0),
            next: AtomicU64::new(0),
            released: AtomicU64::new(0),
            total,
            stop: AtomicBool::new(false),
        }))
    }

    /// Lets the first `count` triggers go out.
    pub fn release(&self, count: u64) {
        self.released.fetch_max(count.min(self.total), Ordering::AcqRel);
    }

    /// How many were accepted.
    pub fn accepted(&self) -> u64 {
        self.accepted.load(Ordering::Acquire)
    }

    /// How many there are in all.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// Gives up what is not accepted yet.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Release);
    }

    /// What is known now.
    pub fn ledger(&self) -> Ledger {
        std::mem::take(&mut self.ledger.lock())
    }

    /// Sends until all are accepted, with so many connections and at most `window` errands under way.
    pub fn run(self: &Arc<Self>, sink: &Arc<Sink>, senders: usize, window: u64) -> Vec<JoinHandle<()>> {
        (0..senders).map(|at| tokio::spawn(sender(self.clone(), sink.clone(), at, window))).collect()
    }

    fn may_go(&self, sink: &Sink, window: u64) -> bool {
        let next = self.next.load(Ordering::Acquire);
        next < self.released.load(Ordering::Acquire) && next.saturating_sub(sink.finished()) < window
    }

    async fn deliver(&self, connection: &mut Option<Connection>, target: SocketAddr, n: u64) -> anyhow::Result<(String, bool)> {
        let body = Errand::draw(self.seed, n).body().to_string();
        let signature = hex::encode(hmac::sign(&self.key, body.as_bytes()));
        let headers = format!("x-webhook-signature: sha256={signature}\r\nwebhook-id: errand-{n}\r\n");
        let mut open = match connection.take() {
            Some(open) => open,
            None => Connection::open(target).await?,
        };
        let (status, answer) = open.send("POST", &self.path, &headers, body.as_bytes()).await?;
        *connection = Some(open);
        ensure!(status == 202, "{status}");
        let answer: Value = serde_json::from_slice(&answer)?;
        Ok((answer["run_id"].as_str().context("run_id")?.to_owned(), answer["duplicate"] == true))
    }

    fn record(&self, n: u64, run: &str) -> bool {
        let mut ledger = self.ledger.lock();
        match ledger.accepted.get(&n) {
            Some(known) if known != run => {
                let text = format!("errand {n} was answered with {known} and then with {run}");
                ledger.contradictions.push(text);
            }
            Some(_) => {}
            None => {
                // On paper before it counts: what this driver has seen accepted must be findable after it died, too.
                let _ = writeln!(self.log.lock(), "{n} {run}");
                ledger.accepted.insert(n, run.to_owned());
                return true;
            }
        }
        false
    }
}

async fn sender(client: Arc<Client>, sink: Arc<Sink>, at: usize, window: u64) {
    let mut turn = at;
    let mut connection = None;
    while !client.stop.load(Ordering::Acquire) {
        if client.next.load(Ordering::Acquire) >= client.total {
            return;
        }
        if !client.may_go(&sink, window) {
            tokio::time::sleep(Duration::from_millis(5)).await;
            continue;
        }
        let n = client.next.fetch_add(1, Ordering::AcqRel);
        if n >= client.total {
            return;
        }
        let mut accepted = false;
        while !client.stop.load(Ordering::Acquire) {
            let target = client.targets[turn % client.targets.len()];
            match client.deliver(&mut connection, target, n).await {
                Ok((run, _)) => {
                    if client.record(n, &run) {
                        client.accepted.fetch_add(1, Ordering::AcqRel);
                    }
                    // Now and then the provider did not hear our answer and sends again, mostly to another node.
                    if accepted || !n.is_multiple_of(TWICE) {
                        break;
                    }
                    accepted = true;
                    connection = None;
                    turn += 1;
                }
                Err(_) => {
                    client.ledger.lock().refused += 1;
                    connection = None;
                    turn += 1;
                    tokio::time::sleep(AGAIN).await;
                }
            }
        }
    }
}
