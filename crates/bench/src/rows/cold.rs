//! Cold and warm webhook → first line of user code.
//!
//! The isolate's clock is the journal's, so a program cannot tell when its first line ran. What is measured is a little
//! more: from the instant the request is sent to the instant that the server records as the end of a run of one line.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use millrace_clock::Timestamp;
use serde_json::Value;

use super::Setting;
use crate::http::{api, open};
use crate::load::{Sender, WEBHOOK, finished, now};
use crate::report::{Latencies, note, row};
use crate::server::Server;

/// Workflows that are run for the first time.
const BUNDLES: usize = 40;

pub async fn measure(setting: &Setting) -> anyhow::Result<()> {
    let name = setting.name();
    let mut server = Server::start(&setting.binary, &setting.database).await?;
    let mut senders = Vec::new();
    for n in 0..BUNDLES {
        let source = WEBHOOK.replace("Bench webhook", &format!("Bench webhook {n}"));
        senders.push((server.install(&source).await?, n));
    }
    let senders: Vec<_> = senders.iter().map(|(installation, _)| Sender::new(&server, installation).map(Arc::new)).collect::<Result<_, _>>()?;
    // After a restart no bytecode is kept and no process belongs to the workspace: each first run compiles its bundle.
    server.restart().await?;
    let mut cold = Vec::new();
    for sender in &senders {
        cold.push(one(&server, sender).await?);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let first = cold[0];
    let cold = Latencies::new(cold);
    let mut warm = Vec::new();
    for _ in 0..(setting.seconds * 25).max(100) {
        warm.push(one(&server, &senders[0]).await?);
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let warm = Latencies::new(warm);
    row(&format!("webhook -> first line of user code, warm, p99, {name}"), warm.ms(0.99), "ms", 5.0, false);
    note(&format!("warm: p50 {:.2} ms, p90 {:.2} ms", warm.ms(0.5), warm.ms(0.9)));
    row(&format!("  the same, first run of a bundle after a start, p99, {name}"), cold.ms(0.99), "ms", 25.0, false);
    note(&format!("cold: p50 {:.2} ms, p90 {:.2} ms; the very first {:.2} ms\n", cold.ms(0.5), cold.ms(0.9), first.as_secs_f64() * 1000.0));
    Ok(())
}

/// Sends one webhook alone and answers how long it took until its run had ended.
async fn one(server: &Server, sender: &Sender) -> anyhow::Result<Duration> {
    let mut connection = open(server.address).await?;
    let sent = now().micros();
    sender.send(&mut connection).await?;
    // Asking sooner would compete with the run for the same cores.
    tokio::time::sleep(Duration::from_millis(30)).await;
    finished(server).await?;
    let page = api(server.address, &server.key, "GET", "/api/runs?limit=1", &Value::Null).await?;
    let run = &page["data"][0];
    anyhow::ensure!(run["status"] == "completed", "{run}");
    let ended = micros(run["finished_at"].as_str().context("no end")?).context("not an instant")?;
    Ok(Duration::from_micros(u64::try_from(ended - sent).unwrap_or(0)))
}

/// Microseconds since 1970 of an instant of the API.
fn micros(instant: &str) -> Option<i64> {
    Timestamp::parse(instant).ok().map(Timestamp::micros)
}
