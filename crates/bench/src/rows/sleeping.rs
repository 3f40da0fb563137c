//! Many sleeping runs: what each holds in memory, and how late they wake.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use millrace_db::{Sql, sql};
use serde_json::json;

use super::Setting;
use crate::load::{CONNECTIONS, Sender, finished, now};
use crate::report::{Latencies, note, row};
use crate::server::Server;

const SLEEPER: &str = "import { defineWorkflow, sleep, webhook } from '@millrace/sdk';
export default defineWorkflow({
  name: 'Bench sleeper',
  integrations: [],
  trigger: webhook({ path: 'sleep', events: ['tick'] }),
  async execute({ trigger }) {
    await sleep(new Date(trigger.data.more.until));
    return { success: true };
  },
});
";

/// How long after its due instant a sleeper's run had ended, in microseconds.
const LATE: Sql = Sql::pair(
    "SELECT r.finished_at - 1000 * CAST(json_extract(j.args, '$.until') AS INTEGER) AS late FROM journal j JOIN runs r ON r.id = j.run_id \
     WHERE j.kind = 'timer' AND r.state = 'completed' AND r.created_at >= $1",
    "SELECT r.finished_at - 1000 * (j.args::json->>'until')::bigint AS late FROM journal j JOIN runs r ON r.id = j.run_id \
     WHERE j.kind = 'timer' AND r.state = 'completed' AND r.created_at >= $1",
);

/// Runs that wake in a second: 1,000, a third of what the machine can run.
const WAKES_PER_SECOND: u64 = 1_000;

/// Runs that end at once, before memory is first looked at: caches and pools have their size then.
const WARM: u64 = 5_000;

pub async fn measure(setting: &Setting) -> anyhow::Result<()> {
    let (name, sleepers) = (setting.name(), setting.scaled(100_000));
    let mut server = Server::start(&setting.binary, &setting.database).await?;
    let installation = server.install(SLEEPER).await?;
    let sender = Arc::new(Sender::new(&server, &installation)?);
    let (warm, began) = (WARM.min(sleepers), Instant::now());
    send(&sender, warm, |_| 1).await?;
    finished(&server).await?;
    let pace = began.elapsed() / u32::try_from(warm)?;
    settle().await;
    let before = server.resident_mib();

    let (began, since) = (Instant::now(), now().micros());
    // The first wakes when all are asleep, with room for a pace that is half of what it was.
    let first = since / 1000 + i64::try_from((pace * u32::try_from(sleepers)? * 2).as_millis())? + 15_000;
    send(&sender, sleepers, move |n| first + i64::try_from(n * 1000 / WAKES_PER_SECOND).unwrap_or(0)).await?;
    finished(&server).await?;
    let asleep = began.elapsed();
    anyhow::ensure!(now().micros() / 1000 < first, "the runs were not asleep before the first was due");
    settle().await;
    let each = (server.resident_mib() - before).max(0.0) * 1024.0 / sleepers as f64;

    let end = u64::try_from(first - now().micros() / 1000).unwrap_or(0) + sleepers * 1000 / WAKES_PER_SECOND;
    tokio::time::sleep(Duration::from_millis(end)).await;
    while server.has("waiting").await? {
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    finished(&server).await?;
    server.stop()?;
    let db = server.database().await?;
    let mut tx = db.read().await?;
    let rows = tx.all(sql(LATE).bind(since)).await?;
    tx.rollback().await?;
    db.close().await;
    let late = rows.iter().map(|row| row.get::<i64>("late")).collect::<Result<Vec<_>, _>>()?;
    anyhow::ensure!(late.len() as u64 == sleepers, "{} of {sleepers} sleepers ended", late.len());
    let early = late.iter().filter(|late| **late < 0).count();
    anyhow::ensure!(early == 0, "{early} sleepers woke early");
    let late = Latencies::new(late.into_iter().map(|late| Duration::from_micros(u64::try_from(late).unwrap_or(0))).collect());
    row(&format!("{sleepers} sleeping runs: memory of each, {name}"), each, "KiB", 1.0, false);
    row(&format!("  woken {WAKES_PER_SECOND} a second: p99 of lateness of their end, {name}"), late.ms(0.99) / 1000.0, "s", 1.0, false);
    note(&format!("late: p50 {:.1} ms, worst {:.1} ms; put to sleep in {:.1} s; server {before:.0} MiB before\n", late.ms(0.5), late.ms(1.0), asleep.as_secs_f64()));
    Ok(())
}

/// Sends `total` webhooks as fast as they are answered; run `n` sleeps until `until(n)`, in milliseconds since 1970.
async fn send(sender: &Arc<Sender>, total: u64, until: impl Fn(u64) -> i64 + Copy + Send + 'static) -> anyhow::Result<()> {
    let turn = Arc::new(AtomicU64::new(0));
    let mut tasks = Vec::new();
    for _ in 0..CONNECTIONS {
        let (sender, turn) = (sender.clone(), turn.clone());
        tasks.push(tokio::spawn(async move {
            let mut connection = sender.connect().await?;
            loop {
                let n = turn.fetch_add(1, Ordering::Relaxed);
                if n >= total {
                    return anyhow::Ok(());
                }
                sender.deliver(&mut connection, sender.number(), &json!({ "until": until(n) })).await?;
            }
        }));
    }
    for task in tasks {
        task.await??;
    }
    Ok(())
}

/// Lets buffers be given back.
async fn settle() {
    tokio::time::sleep(Duration::from_secs(3)).await;
}
