//! Durable host calls: many runs at once, and one run alone.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use serde_json::json;

use super::{Setting, goal};
use crate::http::api;
use crate::load::finished;
use crate::report::row;
use crate::server::Server;

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

pub async fn measure(setting: &Setting) -> anyhow::Result<()> {
    let name = setting.name();
    let server = Server::start(&setting.binary, &setting.database).await?;
    let installation = server.install(CALLS).await?;
    let id = installation["id"].as_str().context("no installation id")?.to_owned();
    batch(&server, &id, 50, 20).await?;
    let began = Instant::now();
    let mut done = 0;
    while began.elapsed() < Duration::from_secs(setting.seconds) {
        done += batch(&server, &id, 100, 100).await?;
    }
    row(&format!("durable host calls, 100 runs at once, {name}"), done as f64 / began.elapsed().as_secs_f64(), "calls/s", goal(setting, 10_000.0, 5_000.0), true);
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
