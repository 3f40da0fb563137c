//! What row-level security costs: webhooks to finished runs on one server and one PostgreSQL database, its policies switched
//! off and on in turn, so that the machine's mood falls on both.

use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::ensure;

use super::Setting;
use crate::load::{Sender, WEBHOOK, closed_loop};
use crate::report::{note, row};
use crate::server::Server;

/// How often each is measured.
const TURNS: usize = 4;

pub async fn measure(setting: &Setting) -> anyhow::Result<()> {
    if setting.database != "postgres" {
        return Ok(());
    }
    let time = Duration::from_secs(setting.seconds);
    let server = Server::start(&setting.binary, &setting.database).await?;
    let installation = server.install(WEBHOOK).await?;
    let sender = Arc::new(Sender::new(&server, &installation)?);
    closed_loop(&server, &sender, Duration::from_secs(4)).await?;
    let mut rates = [Vec::new(), Vec::new()];
    for _ in 0..TURNS {
        for (to, rates) in ["off", "on"].into_iter().zip(&mut rates) {
            switch(setting, &server, to)?;
            let began = Instant::now();
            let sent = closed_loop(&server, &sender, time).await?;
            rates.push(sent as f64 / began.elapsed().as_secs_f64());
        }
    }
    let [without, with] = rates.map(|mut rates| {
        rates.sort_unstable_by(f64::total_cmp);
        f64::midpoint(rates[(TURNS - 1) / 2], rates[TURNS / 2])
    });
    row("webhook -> run -> finished with row-level security, PostgreSQL", with, "runs/s", 1_500.0, true);
    note(&format!("without: {without:.0} runs/s; with it {:.1} % of that (medians of {TURNS} turns of {} s each)\n", 100.0 * with / without, setting.seconds));
    Ok(())
}

fn switch(setting: &Setting, server: &Server, to: &str) -> anyhow::Result<()> {
    let url = server.database_url();
    let done = Command::new(&setting.binary).args(["row-security", to, "--database-url", &url]).output()?;
    ensure!(done.status.success(), "row-security {to}: {}", String::from_utf8_lossy(&done.stderr));
    Ok(())
}
