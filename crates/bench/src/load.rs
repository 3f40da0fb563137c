//! Webhooks at a rate: in a closed loop, where a connection waits for its answer, and in an open one, where it does not.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use aws_lc_rs::hmac;
use millrace_clock::{Clock, Timestamp};
use serde_json::{Value, json};

use crate::http::{Connection, api, open};
use crate::report::Latencies;
use crate::server::Server;

/// Connections that send at once, as in the goals.
pub const CONNECTIONS: usize = 50;

/// The smallest useful workflow behind a webhook.
pub const WEBHOOK: &str = "import { defineWorkflow, webhook } from '@millrace/sdk';
export default defineWorkflow({
  name: 'Bench webhook',
  integrations: [],
  trigger: webhook({ path: 'bench', events: ['tick'] }),
  async execute({ trigger }) {
    return { success: true, n: trigger.data.n };
  },
});
";

/// Signs and sends webhooks to one address.
pub struct Sender {
    address: SocketAddr,
    path: String,
    key: hmac::Key,
    next: AtomicU64,
}

impl Sender {
    /// For the first webhook of an installation.
    pub fn new(server: &Server, installation: &Value) -> anyhow::Result<Self> {
        let hook = &installation["webhooks"][0];
        let url = hook["url"].as_str().context("no webhook url")?;
        let secret = hook["signing_secret"].as_str().context("no signing secret")?;
        let path = url.find("/api/").map(|at| url[at..].to_owned()).context("no path")?;
        Ok(Self { address: server.address, path, key: hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()), next: AtomicU64::new(1) })
    }

    /// A connection to where it sends.
    pub async fn connect(&self) -> anyhow::Result<Connection> {
        open(self.address).await
    }

    /// The number of the next delivery. Delivery `n` has the id `d<n>`.
    pub fn number(&self) -> u64 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    /// Sends the next delivery.
    pub async fn send(&self, connection: &mut Connection) -> anyhow::Result<()> {
        self.deliver(connection, self.number(), &Value::Null).await
    }

    /// Sends one delivery; `more` is what it carries beside the usual. `Ok`: the server has promised to run it.
    pub async fn deliver(&self, connection: &mut Connection, n: u64, more: &Value) -> anyhow::Result<()> {
        let body = json!({ "event": "tick", "n": n, "more": more, "meeting": { "id": n, "topic": "Weekly review", "participants": ["a@example.com", "b@example.com"] } }).to_string();
        let signature = hex::encode(hmac::sign(&self.key, body.as_bytes()));
        let headers = format!("x-webhook-signature: sha256={signature}\r\nwebhook-id: d{n}\r\n");
        let (status, answer) = connection.send("POST", &self.path, &headers, body.as_bytes()).await?;
        anyhow::ensure!(status == 202, "{status}: {}", String::from_utf8_lossy(&answer));
        Ok(())
    }
}

/// Every connection sends as fast as it is answered; ends when all runs are finished.
pub async fn closed_loop(server: &Server, sender: &Arc<Sender>, time: Duration) -> anyhow::Result<u64> {
    let end = Instant::now() + time;
    let mut tasks = Vec::new();
    for _ in 0..CONNECTIONS {
        let sender = sender.clone();
        tasks.push(tokio::spawn(async move {
            let mut connection = sender.connect().await?;
            let mut sent = 0_u64;
            while Instant::now() < end {
                sender.send(&mut connection).await?;
                sent += 1;
            }
            anyhow::Ok(sent)
        }));
    }
    let mut sent = 0;
    for task in tasks {
        sent += task.await??;
    }
    finished(server).await?;
    Ok(sent)
}

/// Requests are due at fixed instants and go to the senders in turn; each latency counts from when its request was due,
/// whether or not a connection was free then.
pub async fn open_loop(senders: &[Arc<Sender>], rate: f64, time: Duration) -> anyhow::Result<Latencies> {
    let start = Instant::now() + Duration::from_millis(50);
    let turn = Arc::new(AtomicU64::new(0));
    let total = (rate * time.as_secs_f64()) as u64;
    let mut tasks = Vec::new();
    for _ in 0..CONNECTIONS {
        let (senders, turn) = (senders.to_vec(), turn.clone());
        tasks.push(tokio::spawn(async move {
            let mut connection = senders[0].connect().await?;
            let mut samples = Vec::new();
            loop {
                let n = turn.fetch_add(1, Ordering::Relaxed);
                if n >= total {
                    return anyhow::Ok(samples);
                }
                let due = start + Duration::from_secs_f64(n as f64 / rate);
                tokio::time::sleep_until(due.into()).await;
                senders[n as usize % senders.len()].send(&mut connection).await?;
                samples.push(due.elapsed());
            }
        }));
    }
    let mut samples = Vec::new();
    for task in tasks {
        samples.extend(task.await??);
    }
    Ok(Latencies::new(samples))
}

/// Somebody who asks again and again, on a connection of their own.
pub trait Client: Send + 'static {
    /// Asks once.
    fn ask(&mut self, connection: &mut Connection) -> impl Future<Output = anyhow::Result<()>> + Send;
}

/// Every client asks as fast as it is answered; the latencies of all answers. Clients come back as they are afterwards.
pub async fn ask_all<C: Client>(address: SocketAddr, clients: Vec<C>, time: Duration) -> anyhow::Result<(Latencies, Vec<C>)> {
    let end = Instant::now() + time;
    let mut tasks = Vec::new();
    for mut client in clients {
        tasks.push(tokio::spawn(async move {
            let mut connection = open(address).await?;
            let mut samples = Vec::new();
            while Instant::now() < end {
                let began = Instant::now();
                client.ask(&mut connection).await?;
                samples.push(began.elapsed());
            }
            anyhow::Ok((samples, client))
        }));
    }
    let (mut samples, mut clients) = (Vec::new(), Vec::new());
    for task in tasks {
        let (own, client) = task.await??;
        samples.extend(own);
        clients.push(client);
    }
    Ok((Latencies::new(samples), clients))
}

/// Waits until no run is queued or running.
pub async fn finished(server: &Server) -> anyhow::Result<()> {
    for _ in 0..6000 {
        if server.is_idle().await? {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    anyhow::bail!("runs did not finish")
}

/// How long runs of a workspace took from acceptance to their end, by the server's own record: the latest `most` that were
/// accepted since an instant.
pub async fn durations(server: &Server, key: &str, since: Timestamp, most: usize) -> anyhow::Result<Vec<Duration>> {
    let mut samples = Vec::new();
    let mut cursor = format!("&since={since}");
    while samples.len() < most {
        let limit = (most - samples.len()).min(100);
        let page = api(server.address, key, "GET", &format!("/api/runs?limit={limit}&status=completed{cursor}"), &Value::Null).await?;
        for run in page["data"].as_array().into_iter().flatten() {
            samples.extend(run["duration_ms"].as_f64().map(|ms| Duration::from_secs_f64(ms / 1000.0)));
        }
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&since={since}&cursor={next}"),
            None => break,
        }
    }
    Ok(samples)
}

/// The present instant: driver and server share a clock.
pub fn now() -> Timestamp {
    Clock::System.now()
}
