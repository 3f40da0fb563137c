//! One workspace with a mountain of queued runs beside many small ones: what the small ones notice.

use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use millrace_db::{Db, Sql, sql};

use super::Setting;
use crate::http;
use crate::load::{Sender, WEBHOOK, durations, finished, now, open_loop};
use crate::report::{Latencies, note, row};
use crate::server::Server;

/// Small workspaces.
const SMALL: u64 = 99;
// A process serves one workspace only. The server is told to keep 128 of them, so that a hundred busy workspaces do not
// take them from each other all the time: with the usual 64 this row would measure how fast processes are made.

/// Webhooks a second over all small workspaces: each gets one about every two seconds.
const RATE: f64 = 50.0;

// There is no call that makes a workspace yet, so rows do: a workspace and a key of its owner. The rest goes over HTTP.
const TENANT: &str = "INSERT INTO tenants (id, slug, name, status, created_at) VALUES ($1, $2, $2, 'active', $3)";
const KEY: &str = "INSERT INTO api_keys (id, tenant_id, name, role, secret_hash, created_at) VALUES ($1, $2, 'bench', 'owner', $3, $4)";

/// Copies the only run of the large workspace `$1` times as queued ones.
const QUEUE: Sql = Sql::pair(
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1) \
     INSERT INTO runs (id, tenant_id, kind, subject, program, trigger, state, priority, epoch, attempt, crashes, generation, due_at, seed, input, created_at) \
     SELECT 'run_01' || printf('%024d', i), tenant_id, kind, subject, program, trigger, 'queued', priority, 0, 1, 0, 0, due_at, seed, input, created_at \
     FROM n CROSS JOIN (SELECT * FROM runs WHERE tenant_id = $2 LIMIT 1)",
    "INSERT INTO runs (id, tenant_id, kind, subject, program, trigger, state, priority, epoch, attempt, crashes, generation, due_at, seed, input, created_at) \
     SELECT 'run_01' || lpad(i::text, 24, '0'), tenant_id, kind, subject, program, trigger, 'queued', priority, 0, 1, 0, 0, due_at, seed, input, created_at \
     FROM generate_series(1, $1) AS i CROSS JOIN (SELECT * FROM runs WHERE tenant_id = $2 LIMIT 1) AS model",
);
const LARGE: &str = "SELECT tenant_id, count(*) AS n FROM runs GROUP BY tenant_id";
const QUEUED: &str = "SELECT count(*) AS n FROM runs WHERE state = 'queued'";

pub async fn measure(setting: &Setting) -> anyhow::Result<()> {
    let (name, queued) = (setting.name(), setting.scaled(1_000_000));
    let mut server = Server::start_with(&setting.binary, &setting.database, &[("MILLRACE_SANDBOX_PROCESSES", "128")]).await?;
    let large = Sender::new(&server, &server.install(WEBHOOK).await?)?;
    large.send(&mut http::open(server.address).await?).await?;
    finished(&server).await?;
    server.stop()?;
    let db = server.database().await?;
    let keys = make_small(&db).await?;
    db.close().await;
    server.again().await?;
    let mut senders = Vec::new();
    for key in &keys {
        senders.push(Arc::new(Sender::new(&server, &server.install_as(key, WEBHOOK).await?)?));
    }
    let seconds = setting.seconds.max(10);
    let alone = phase(&server, &senders, &keys, seconds).await?;

    server.stop()?;
    let db = server.database().await?;
    fill(&db, queued).await?;
    db.close().await;
    server.again().await?;
    let beside = phase(&server, &senders, &keys, seconds).await?;
    server.stop()?;
    let db = server.database().await?;
    let left = left(&db).await?;
    db.close().await;

    row(&format!("{SMALL} small workspaces beside {queued} queued: p99, {name}"), beside.ms(0.99) / alone.ms(0.99), "x empty", 2.0, false);
    let figures = |of: &Latencies| format!("p50 {:.1} ms, p99 {:.1} ms", of.ms(0.5), of.ms(0.99));
    note(&format!("empty: {}; beside: {}; {} of the queued ended meanwhile", figures(&alone), figures(&beside), queued as i64 - left));
    if left == 0 {
        note("the queue ran empty while it was measured: take a larger --scale");
    }
    println!();
    Ok(())
}

/// How long runs of the small workspaces took. Each has run once before, so that every phase starts with processes.
async fn phase(server: &Server, senders: &[Arc<Sender>], keys: &[String], seconds: u64) -> anyhow::Result<Latencies> {
    drive(server, senders, keys, SMALL as f64 / RATE).await?;
    drive(server, senders, keys, seconds as f64).await
}

/// Webhooks to the small workspaces in turn; how long each took from acceptance to its end.
async fn drive(server: &Server, senders: &[Arc<Sender>], keys: &[String], seconds: f64) -> anyhow::Result<Latencies> {
    let since = now();
    let accepted = open_loop(senders, RATE, Duration::from_secs_f64(seconds)).await?.len();
    for _ in 0..60 {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let mut samples = Vec::new();
        for key in keys {
            samples.extend(durations(server, key, since, accepted).await?);
        }
        if samples.len() == accepted {
            return Ok(Latencies::new(samples));
        }
    }
    anyhow::bail!("runs of the small workspaces did not end within a minute")
}

/// Makes the small workspaces; answers a key of each.
async fn make_small(db: &Db) -> anyhow::Result<Vec<String>> {
    let mut tx = db.begin().await?;
    let mut keys = Vec::new();
    for n in 0..SMALL {
        let (suffix, secret) = (format!("01{n:024}"), format!("{n:048x}"));
        let tenant = format!("org_{suffix}");
        tx.execute(sql(TENANT).bind(&tenant).bind(format!("small-{n}")).bind(now().micros())).await?;
        let hash = hex::encode(digest(&SHA256, secret.as_bytes()));
        tx.execute(sql(KEY).bind(format!("key_{suffix}")).bind(&tenant).bind(hash).bind(now().micros())).await?;
        keys.push(format!("mr_{suffix}_{secret}"));
    }
    tx.commit().await?;
    Ok(keys)
}

/// Queues copies of the run of the workspace that is not small.
async fn fill(db: &Db, queued: u64) -> anyhow::Result<()> {
    let mut tx = db.begin().await?;
    let rows = tx.all(sql(LARGE)).await?;
    let tenants = rows.iter().map(|row| row.get::<String>("tenant_id")).collect::<Result<Vec<_>, _>>()?;
    let large = tenants.iter().find(|tenant| !tenant.starts_with("org_010000")).ok_or_else(|| anyhow::anyhow!("no large workspace"))?;
    let made = tx.execute(sql(QUEUE).bind(i64::try_from(queued)?).bind(large)).await?;
    anyhow::ensure!(made == queued, "{made} of {queued} runs were queued");
    tx.commit().await?;
    Ok(())
}

async fn left(db: &Db) -> anyhow::Result<i64> {
    let mut tx = db.read().await?;
    let n = tx.one(sql(QUEUED)).await?.get("n")?;
    tx.rollback().await?;
    Ok(n)
}
