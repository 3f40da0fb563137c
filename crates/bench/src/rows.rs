//! The measured rows.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use aws_lc_rs::hmac;
use serde_json::{Value, json};

use crate::http::{Connection, api};
use crate::report::{Latencies, note, row};
use crate::server::Server;

/// Connections that send at once, as in the goals.
const CONNECTIONS: usize = 50;

const WEBHOOK: &str = "import { defineWorkflow, webhook } from '@millrace/sdk';
export default defineWorkflow({
  name: 'Bench webhook',
  integrations: [],
  trigger: webhook({ path: 'bench', events: ['tick'] }),
  async execute({ trigger }) {
    return { success: true, n: trigger.data.n };
  },
});
";

const CALLS: &str = "import { defineWorkflow, manual } from '@millrace/sdk';
export default defineWorkflow({
  name: 'Bench calls',
  integrations: [],
  trigger: manual(),
  async execute({ trigger, storage, runId }) {
    for (let i = 0; i < trigger.data.calls; i++) await storage.put(`${runId}:${i % 10}`, i);
    return { success: true };
  },
});
";

/// Signs and sends webhooks to one address.
struct Sender {
    address: SocketAddr,
    path: String,
    key: hmac::Key,
    next: AtomicU64,
}

impl Sender {
    fn new(server: &Server, installation: &Value) -> anyhow::Result<Self> {
        let hook = &installation["webhooks"][0];
        let url = hook["url"].as_str().context("no webhook url")?;
        let secret = hook["signing_secret"].as_str().context("no signing secret")?;
        let path = url.find("/api/").map(|at| url[at..].to_owned()).context("no path")?;
        Ok(Self { address: server.address, path, key: hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()), next: AtomicU64::new(1) })
    }

    async fn send(&self, connection: &mut Connection) -> anyhow::Result<()> {
        let n = self.next.fetch_add(1, Ordering::Relaxed);
        let body = json!({ "event": "tick", "n": n, "meeting": { "id": n, "topic": "Weekly review", "participants": ["a@example.com", "b@example.com"] } }).to_string();
        let signature = hex::encode(hmac::sign(&self.key, body.as_bytes()));
        let headers = format!("x-webhook-signature: sha256={signature}\r\nwebhook-id: d{n}\r\n");
        let (status, answer) = connection.send("POST", &self.path, &headers, body.as_bytes()).await?;
        anyhow::ensure!(status == 202, "{status}: {}", String::from_utf8_lossy(&answer));
        Ok(())
    }
}

/// Webhook → durable run → finished.
pub async fn webhook(binary: &Path, database: &str, seconds: u64) -> anyhow::Result<()> {
    let server = Server::start(binary, database).await?;
    let installation = server.install(WEBHOOK).await?;
    let sender = Arc::new(Sender::new(&server, &installation)?);
    closed_loop(&server, &sender, Duration::from_secs(2)).await?;
    let (cpu, began) = (server.cpu(), Instant::now());
    let sent = closed_loop(&server, &sender, Duration::from_secs(seconds)).await?;
    let (elapsed, cpu) = (began.elapsed(), server.cpu() - cpu);
    let rate = sent as f64 / elapsed.as_secs_f64();
    let (goal, name) = if database == "sqlite" { (3_000.0, "embedded") } else { (1_500.0, "PostgreSQL") };
    row(&format!("webhook -> run -> finished, {name}, {CONNECTIONS} connections"), rate, "runs/s", goal, true);
    row(&format!("  CPU of server and sandbox per run, {name}"), cpu.as_secs_f64() * 1000.0 / sent as f64, "ms", 0.5, false);
    let half = open_loop(&server, &sender, rate / 2.0, Duration::from_secs(seconds)).await?;
    row(&format!("  p99 of acceptance at half that rate, {name}"), half.ms(0.99), "ms", 25.0, false);
    note(&format!("acceptance at half rate: p50 {:.2} ms, p90 {:.2} ms, p99.9 {:.2} ms", half.ms(0.5), half.ms(0.9), half.ms(0.999)));
    let ends = durations(&server).await?;
    row(&format!("  p99 from acceptance to finished, {name}"), ends.ms(0.99), "ms", 25.0, false);
    note(&format!("acceptance to finished: p50 {:.2} ms; {sent} runs in {:.1} s; server {:.0} MiB resident\n", ends.ms(0.5), elapsed.as_secs_f64(), server.resident_mib()));
    Ok(())
}

/// Every connection sends as fast as it is answered; ends when all runs are finished.
async fn closed_loop(server: &Server, sender: &Arc<Sender>, time: Duration) -> anyhow::Result<u64> {
    let end = Instant::now() + time;
    let mut tasks = Vec::new();
    for _ in 0..CONNECTIONS {
        let sender = sender.clone();
        tasks.push(tokio::spawn(async move {
            let mut connection = Connection::open(sender.address).await?;
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

/// Requests are due at fixed instants; each latency counts from when its request was due.
async fn open_loop(server: &Server, sender: &Arc<Sender>, rate: f64, time: Duration) -> anyhow::Result<Latencies> {
    let start = Instant::now() + Duration::from_millis(50);
    let turn = Arc::new(AtomicU64::new(0));
    let total = (rate * time.as_secs_f64()) as u64;
    let mut tasks = Vec::new();
    for _ in 0..CONNECTIONS {
        let (sender, turn) = (sender.clone(), turn.clone());
        tasks.push(tokio::spawn(async move {
            let mut connection = Connection::open(sender.address).await?;
            let mut samples = Vec::new();
            loop {
                let n = turn.fetch_add(1, Ordering::Relaxed);
                if n >= total {
                    return anyhow::Ok(samples);
                }
                let due = start + Duration::from_secs_f64(n as f64 / rate);
                tokio::time::sleep_until(due.into()).await;
                sender.send(&mut connection).await?;
                samples.push(due.elapsed());
            }
        }));
    }
    let mut samples = Vec::new();
    for task in tasks {
        samples.extend(task.await??);
    }
    finished(server).await?;
    Ok(Latencies::new(samples))
}

async fn finished(server: &Server) -> anyhow::Result<()> {
    for _ in 0..6000 {
        if server.is_idle().await? {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    anyhow::bail!("runs did not finish")
}

/// How long the latest thousand runs took from acceptance to their end, by the server's own record.
async fn durations(server: &Server) -> anyhow::Result<Latencies> {
    let mut samples = Vec::new();
    let mut cursor = String::new();
    while samples.len() < 2_000 {
        let page = api(server.address, &server.key, "GET", &format!("/api/runs?limit=100&status=completed{cursor}"), &Value::Null).await?;
        for run in page["data"].as_array().into_iter().flatten() {
            samples.extend(run["duration_ms"].as_f64().map(|ms| Duration::from_secs_f64(ms / 1000.0)));
        }
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    Ok(Latencies::new(samples))
}

/// Durable host calls: many runs at once, and one run alone.
pub async fn calls(binary: &Path, database: &str, seconds: u64) -> anyhow::Result<()> {
    let server = Server::start(binary, database).await?;
    let installation = server.install(CALLS).await?;
    let id = installation["installation_id"].as_str().or(installation["id"].as_str()).context("no installation id")?.to_owned();
    batch(&server, &id, 50, 20).await?;
    let (goal, name) = if database == "sqlite" { (10_000.0, "embedded") } else { (5_000.0, "PostgreSQL") };
    let began = Instant::now();
    let mut done = 0;
    while began.elapsed() < Duration::from_secs(seconds) {
        done += batch(&server, &id, 100, 100).await?;
    }
    row(&format!("durable host calls, 100 runs at once, {name}"), done as f64 / began.elapsed().as_secs_f64(), "calls/s", goal, true);
    let began = Instant::now();
    let calls = batch(&server, &id, 1, 1_000).await?;
    row(&format!("  one sequential durable call, {name}"), began.elapsed().as_secs_f64() * 1000.0 / calls as f64, "ms", 1.0, false);
    println!();
    Ok(())
}

/// Starts `runs` runs of `calls` calls each and waits for all of them.
async fn batch(server: &Server, installation: &str, runs: u64, calls: u64) -> anyhow::Result<u64> {
    let mut tasks = Vec::new();
    for _ in 0..runs {
        let (address, key, path) = (server.address, server.key.clone(), format!("/api/installations/{installation}/trigger"));
        tasks.push(tokio::spawn(async move { api(address, &key, "POST", &path, &json!({ "data": { "calls": calls } })).await }));
    }
    for task in tasks {
        task.await??;
    }
    finished(server).await?;
    Ok(runs * calls)
}
