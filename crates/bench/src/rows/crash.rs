//! kill -9 under load, again and again: how soon it goes on, and whether anything that was promised is missing.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use millrace_db::{Db, sql};
use serde_json::Value;

use super::Setting;
use crate::load::{Sender, WEBHOOK, finished, now};
use crate::report::{Latencies, note, row};
use crate::server::Server;

/// Deliveries and what became of their runs.
const BECAME: &str = "SELECT d.delivery_id AS delivery, r.state AS state, r.error AS error FROM deliveries d LEFT JOIN runs r ON r.id = d.run_id";
/// Runs that were accepted before an instant and not over then: when the last of them ended.
const INTERRUPTED: &str = "SELECT count(*) AS n, max(finished_at) AS last FROM runs WHERE created_at <= $1 AND finished_at > $1";

/// Between a recovery and the next kill: longer than it may take until interrupted runs have ended, so that each kill is
/// measured by itself.
const BETWEEN: Duration = Duration::from_secs(3);

/// Connections that keep sending while the server comes and goes.
const SENDERS: usize = 16;

/// The address's deliveries that were answered with a promise.
type Promised = Arc<Mutex<Vec<u64>>>;

pub async fn measure(setting: &Setting) -> anyhow::Result<()> {
    let name = setting.name();
    let kills = (setting.seconds * 2).max(5);
    let mut server = Server::start(&setting.binary, &setting.database).await?;
    let installation = server.install(WEBHOOK).await?;
    let sender = Arc::new(Sender::new(&server, &installation)?);
    let (promised, over) = (Promised::default(), Arc::new(AtomicBool::new(false)));
    let tasks: Vec<_> = (0..SENDERS).map(|_| tokio::spawn(keep_sending(sender.clone(), promised.clone(), over.clone()))).collect();
    let (mut accepting, mut instants) = (Vec::new(), Vec::new());
    for _ in 0..kills {
        tokio::time::sleep(BETWEEN).await;
        let killed = Instant::now();
        instants.push(now().micros());
        server.kill();
        let known = count(&promised)?;
        server.again().await?;
        while count(&promised)? <= known {
            anyhow::ensure!(killed.elapsed() < Duration::from_secs(60), "nothing is accepted after a kill");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        accepting.push(killed.elapsed());
    }
    over.store(true, Ordering::Relaxed);
    for task in tasks {
        task.await?;
    }
    // What was under way when the last process died comes back with the end of its lease.
    tokio::time::sleep(BETWEEN).await;
    finished(&server).await?;
    server.stop()?;
    let db = server.database().await?;
    let back = interrupted(&db, &instants).await?;
    let (promised, lost) = lost(&db, &promised).await?;
    db.close().await;
    let accepting = Latencies::new(accepting);
    row(&format!("kill -9 under load, {kills} times: promised runs lost, {name}"), lost as f64, "runs", 0.0, false);
    row(&format!("  back: runs cut off have ended, worst, {name}"), back.ms(1.0) / 1000.0, "s", 2.0, false);
    note(&format!("back: p50 {:.2} s, p90 {:.2} s; accepting again: p50 {:.2} s, worst {:.2} s; {promised} runs promised\n", back.ms(0.5) / 1000.0, back.ms(0.9) / 1000.0, accepting.ms(0.5) / 1000.0, accepting.ms(1.0) / 1000.0));
    Ok(())
}

async fn keep_sending(sender: Arc<Sender>, promised: Promised, over: Arc<AtomicBool>) {
    let mut connection = None;
    while !over.load(Ordering::Relaxed) {
        let Some(open) = connection.as_mut() else {
            connection = sender.connect().await.ok();
            tokio::time::sleep(Duration::from_millis(2)).await;
            continue;
        };
        let n = sender.number();
        match sender.deliver(open, n, &Value::Null).await {
            Ok(()) => promised.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(n),
            // Not promised: a sender in the wild would try again with the same id.
            Err(_) => connection = None,
        }
        // A steady load well below what the server can do, so that a kill meets runs under way and no mountain of them.
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn count(promised: &Promised) -> anyhow::Result<usize> {
    Ok(promised.lock().map_err(|_| anyhow::anyhow!("a sender panicked"))?.len())
}

/// For each kill, how long after it the last run that it cut off had ended.
async fn interrupted(db: &Db, kills: &[i64]) -> anyhow::Result<Latencies> {
    let mut samples = Vec::new();
    let mut tx = db.read().await?;
    for killed in kills {
        let found = tx.one(sql(INTERRUPTED).bind(*killed)).await?;
        if found.get::<i64>("n")? > 0 {
            let last: i64 = found.get("last")?;
            samples.push(Duration::from_micros(u64::try_from(last - killed)?));
        }
    }
    tx.rollback().await?;
    Ok(Latencies::new(samples))
}

/// How many deliveries were promised, and how many of them have no completed run; says what those have become.
async fn lost(db: &Db, promised: &Promised) -> anyhow::Result<(usize, usize)> {
    let mut tx = db.read().await?;
    let mut became = HashMap::new();
    for row in tx.all(sql(BECAME)).await? {
        let (state, error): (Option<String>, Option<String>) = (row.get("state")?, row.get("error")?);
        became.insert(row.get::<String>("delivery")?, (state.unwrap_or_else(|| "no run".into()), error.unwrap_or_default()));
    }
    tx.rollback().await?;
    let promised = promised.lock().map_err(|_| anyhow::anyhow!("a sender panicked"))?;
    let mut lost = 0;
    for n in promised.iter() {
        let (state, error) = became.get(&format!("d{n}")).map_or(("no delivery", ""), |(state, error)| (state.as_str(), error.as_str()));
        if state != "completed" {
            lost += 1;
            note(&format!("promised delivery d{n}: {state} {error}"));
        }
    }
    Ok((promised.len(), lost))
}
