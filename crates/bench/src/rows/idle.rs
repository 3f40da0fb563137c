//! A server with nothing to do: how soon it is ready, what it holds, what it asks of PostgreSQL.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use millrace_db::sql;

use super::Setting;
use crate::load::WEBHOOK;
use crate::report::{note, row};
use crate::server::Server;

/// PostgreSQL's own count of what was committed or rolled back in the server's database.
const TRANSACTIONS: &str = "SELECT (xact_commit + xact_rollback)::bigint AS n FROM pg_stat_database WHERE datname = current_database()";

/// How long nothing happens.
const WATCHED: Duration = Duration::from_secs(120);

/// Until the last work is over on the database's side too: what was written is signed in the audit log within a minute, and
/// autovacuum comes by once a minute and analyses each table that was filled. PostgreSQL's counters lag by up to 15 s.
const SETTLE: Duration = Duration::from_secs(90);

pub async fn measure(setting: &Setting) -> anyhow::Result<()> {
    let name = setting.name();
    let mut server = Server::start(&setting.binary, &setting.database).await?;
    server.install(WEBHOOK).await?;
    let mut starts = Vec::new();
    for _ in 0..5 {
        starts.push(server.restart().await?);
    }
    starts.sort_unstable();
    row(&format!("start to ready, median of {}, {name}", starts.len()), starts[starts.len() / 2].as_secs_f64(), "s", 1.0, false);
    let watched = WATCHED.mul_f64(setting.scale.clamp(0.05, 1.0));
    tokio::time::sleep(SETTLE).await;
    if setting.database == "postgres" {
        let db = server.database().await?;
        let count = async || -> anyhow::Result<i64> {
            let mut tx = db.read().await?;
            let n = tx.one(sql(TRANSACTIONS)).await?.get("n")?;
            tx.rollback().await.context("count")?;
            Ok(n)
        };
        let (before, began) = (count().await?, Instant::now());
        tokio::time::sleep(watched).await;
        // The counting itself is one transaction.
        let made = (count().await? - before - 1).max(0);
        let minutes = began.elapsed().as_secs_f64() / 60.0;
        row(&format!("idle: transactions a minute, autovacuum included, {name}"), made as f64 / minutes, "", 10.0, false);
    } else {
        tokio::time::sleep(watched).await;
    }
    row(&format!("idle: resident memory of the server, {name}"), server.resident_mib(), "MiB", 100.0, false);
    note(&format!("server with its sandbox processes: {:.0} MiB\n", server.resident_with_children_mib()));
    Ok(())
}
