//! What checking an API key costs, and what counting its requests adds.

use std::time::{Duration, Instant};

use super::Setting;
use crate::http::Connection;
use crate::load::{CONNECTIONS, Client, ask_all};
use crate::report::note;
use crate::server::Server;

/// As every row's server is started.
const UNCOUNTED: &[(&str, &str)] = &[];

/// Limits that count every request and refuse none.
const COUNTED: &[(&str, &str)] = &[("MILLRACE_RATE_LIMITS", "1000")];

/// A route, and what it answers: the first is answered once the key is checked, the second reads a row.
const ROUTES: [(&str, &str, u16); 2] = [("nothing", "/api/runs/none", 404), ("the workspace", "/api/v1/workspace", 200)];

/// A program with a key.
#[derive(Clone)]
struct Program {
    authorization: String,
    path: &'static str,
    expected: u16,
}

impl Client for Program {
    async fn ask(&mut self, connection: &mut Connection) -> anyhow::Result<()> {
        let (status, answer) = connection.send("GET", self.path, &self.authorization, b"").await?;
        anyhow::ensure!(status == self.expected, "{status}: {}", String::from_utf8_lossy(&answer));
        Ok(())
    }
}

pub async fn measure(setting: &Setting) -> anyhow::Result<()> {
    let (name, time) = (setting.name(), Duration::from_secs(setting.seconds));
    for (limits, settings) in [("off", UNCOUNTED), ("on", COUNTED)] {
        let server = Server::start_with(&setting.binary, &setting.database, settings).await?;
        for (what, path, expected) in ROUTES {
            let program = Program { authorization: format!("authorization: Bearer {}\r\n", server.key), path, expected };
            let programs = vec![program; CONNECTIONS];
            let (_, programs) = ask_all(server.address, programs, Duration::from_secs(1)).await?;
            let (cpu, began) = (server.cpu(), Instant::now());
            let (answers, _) = ask_all(server.address, programs, time).await?;
            let (elapsed, n) = (began.elapsed().as_secs_f64(), answers.len() as f64);
            note(&format!(
                "requests with an API key for {what}, limits {limits}, {name}, {CONNECTIONS} connections: {:.0}/s, p50 {:.2} ms, p99 {:.2} ms, {:.4} ms of CPU each",
                n / elapsed,
                answers.ms(0.5),
                answers.ms(0.99),
                (server.cpu() - cpu).as_secs_f64() * 1000.0 / n
            ));
        }
    }
    note("");
    Ok(())
}
