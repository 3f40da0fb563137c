//! Clients that keep sending, as providers do: each delivery has an id and is repeated until somebody accepts it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::task::JoinHandle;

use super::Server;

/// What clients have been told.
#[derive(Debug, Default)]
struct Told {
    stop: AtomicBool,
    next: AtomicUsize,
    /// Addresses, tried in turn.
    servers: Mutex<Vec<String>>,
    /// The run that each delivery was accepted as.
    accepted: Mutex<BTreeMap<usize, String>>,
    /// Answers other than success: status and code, with how often.
    refused: Mutex<BTreeMap<(u16, String), usize>>,
    slowest: Mutex<Duration>,
}

impl Told {
    fn note_slowest(&self, took: Duration) {
        let mut slowest = self.slowest.lock().unwrap();
        *slowest = (*slowest).max(took);
    }
}

/// Clients at work.
pub struct Clients {
    told: Arc<Told>,
    tasks: Vec<JoinHandle<()>>,
}

impl Clients {
    /// Starts `count` clients that trigger this installation at these servers.
    pub fn start(count: usize, installation: &Value, api_key: &str, servers: &[&Server]) -> Self {
        let told = Arc::new(Told::default());
        *told.servers.lock().unwrap() = servers.iter().map(|s| s.url()).collect();
        let path = format!("/api/installations/{}/trigger", installation["id"].as_str().unwrap());
        let client = || tokio::spawn(work(told.clone(), path.clone(), api_key.to_owned()));
        Self { tasks: (0..count).map(|_| client()).collect(), told }
    }

    /// From now on they try these servers.
    pub fn turn_to(&self, servers: &[&Server]) {
        *self.told.servers.lock().unwrap() = servers.iter().map(|s| s.url()).collect();
    }

    /// How many deliveries were accepted so far.
    pub fn accepted(&self) -> usize {
        self.told.accepted.lock().unwrap().len()
    }

    /// Answers other than success: status and code, with how often.
    pub fn refused(&self) -> BTreeMap<(u16, String), usize> {
        self.told.refused.lock().unwrap().clone()
    }

    /// The longest that one delivery took until it was accepted.
    pub fn slowest(&self) -> Duration {
        *self.told.slowest.lock().unwrap()
    }

    /// Lets every client finish what it has in hand; the run of each delivery.
    pub async fn finish(self) -> BTreeMap<usize, String> {
        self.told.stop.store(true, Ordering::Release);
        for task in self.tasks {
            tokio::time::timeout(super::LONG, task).await.expect("every delivery is accepted in the end").unwrap();
        }
        Arc::try_unwrap(self.told).unwrap().accepted.into_inner().unwrap()
    }
}

async fn work(told: Arc<Told>, path: String, key: String) {
    let client = reqwest::Client::builder().timeout(Duration::from_secs(15)).build().unwrap();
    while !told.stop.load(Ordering::Acquire) {
        let n = told.next.fetch_add(1, Ordering::Relaxed);
        let started = Instant::now();
        for attempt in 0.. {
            let servers = told.servers.lock().unwrap().clone();
            let url = format!("{}{path}", servers[(n + attempt) % servers.len()]);
            let body = json!({"data": {"n": n}}).to_string();
            let sent = client.post(url).bearer_auth(&key).header("idempotency-key", format!("delivery-{n}")).header("content-type", "application/json").body(body).send();
            if let Ok(answer) = sent.await {
                let status = answer.status().as_u16();
                let body: Value = answer.bytes().await.ok().and_then(|b| serde_json::from_slice(&b).ok()).unwrap_or_default();
                if let (true, Some(run)) = (status < 300, body["run_id"].as_str()) {
                    told.accepted.lock().unwrap().insert(n, run.to_owned());
                    break;
                }
                let code = body["code"].as_str().unwrap_or_default().to_owned();
                *told.refused.lock().unwrap().entry((status, code)).or_default() += 1;
            }
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
        told.note_slowest(started.elapsed());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
