//! Webhook → durable run → finished: throughput, CPU, and latency at half the throughput.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{Setting, goal};
use crate::load::{CONNECTIONS, Sender, WEBHOOK, closed_loop, durations, finished, now, open_loop};
use crate::report::{Latencies, note, row};
use crate::server::Server;

pub async fn measure(setting: &Setting) -> anyhow::Result<()> {
    let (name, time) = (setting.name(), Duration::from_secs(setting.seconds));
    let server = Server::start(&setting.binary, &setting.database).await?;
    let installation = server.install(WEBHOOK).await?;
    let sender = Arc::new(Sender::new(&server, &installation)?);
    closed_loop(&server, &sender, Duration::from_secs(2)).await?;
    let (cpu, began) = (server.cpu(), Instant::now());
    let sent = closed_loop(&server, &sender, time).await?;
    let (elapsed, cpu) = (began.elapsed(), server.cpu() - cpu);
    let rate = sent as f64 / elapsed.as_secs_f64();
    row(&format!("webhook -> run -> finished, {name}, {CONNECTIONS} connections"), rate, "runs/s", goal(setting, 3_000.0, 1_500.0), true);
    row(&format!("  CPU of server and sandbox per run, {name}"), cpu.as_secs_f64() * 1000.0 / sent as f64, "ms", 0.5, false);
    let since = now();
    let half = open_loop(&[sender], rate / 2.0, time).await?;
    finished(&server).await?;
    row(&format!("  p99 of acceptance at half that rate, {name}"), half.ms(0.99), "ms", 25.0, false);
    note(&format!("acceptance at half rate: p50 {:.2} ms, p90 {:.2} ms, p99.9 {:.2} ms", half.ms(0.5), half.ms(0.9), half.ms(0.999)));
    let ends = Latencies::new(durations(&server, &server.key, since, 2_000).await?);
    row(&format!("  p99 from acceptance to finished, {name}"), ends.ms(0.99), "ms", 25.0, false);
    note(&format!("acceptance to finished: p50 {:.2} ms; {sent} runs in {:.1} s; server {:.0} MiB resident\n", ends.ms(0.5), elapsed.as_secs_f64(), server.resident_mib()));
    Ok(())
}
