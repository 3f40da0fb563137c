//! A server under measurement: its own data folder, its own database, its processes' CPU time.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use millrace_db::testing::PostgresServer;
use millrace_db::{Db, Options};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::http::api;

/// A server, running or stopped.
pub struct Server {
    pub address: SocketAddr,
    pub key: String,
    binary: PathBuf,
    settings: &'static [(&'static str, &'static str)],
    child: Child,
    data: TempDir,
    postgres: Option<PostgresServer>,
}

impl Server {
    /// Starts a server on a database of its own.
    pub async fn start(binary: &Path, database: &str) -> anyhow::Result<Self> {
        Self::start_with(binary, database, &[]).await
    }

    /// The same with settings from the environment, which stay for later starts.
    pub async fn start_with(binary: &Path, database: &str, settings: &'static [(&'static str, &'static str)]) -> anyhow::Result<Self> {
        let data = tempfile::tempdir()?;
        let postgres = (database == "postgres").then(PostgresServer::start);
        let address: SocketAddr = format!("127.0.0.1:{}", millrace_db::testing::free_port()).parse()?;
        let child = spawn(binary, address, data.path(), postgres.as_ref(), settings)?;
        let mut server = Self { address, key: String::new(), binary: binary.to_owned(), settings, child, data, postgres };
        server.ready().await?;
        let bootstrap: Value = serde_json::from_slice(&std::fs::read(server.data.path().join("bootstrap.json"))?)?;
        server.key = bootstrap["api_key"].as_str().context("bootstrap.json has no api_key")?.to_owned();
        Ok(server)
    }

    /// Kills the process at once.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Starts the process again on the same data, as a supervisor does: at once, and once more when it ends. Answers how
    /// long it took until it was ready.
    pub async fn again(&mut self) -> anyhow::Result<Duration> {
        let began = Instant::now();
        loop {
            self.child = spawn(&self.binary, self.address, self.data.path(), self.postgres.as_ref(), self.settings)?;
            match self.ready().await {
                Ok(()) => return Ok(began.elapsed()),
                Err(error) if began.elapsed() > Duration::from_secs(10) => return Err(error),
                Err(_) => self.kill(),
            }
        }
    }

    /// Ends the process in an orderly way.
    #[allow(unsafe_code)]
    pub fn stop(&mut self) -> anyhow::Result<()> {
        // SAFETY: a signal to a child that has not been waited for, so the id is still its own.
        unsafe { libc::kill(i32::try_from(self.child.id())?, libc::SIGTERM) };
        self.child.wait()?;
        Ok(())
    }

    /// Ends the process in an orderly way and starts it again.
    pub async fn restart(&mut self) -> anyhow::Result<Duration> {
        self.stop()?;
        self.again().await
    }

    /// The address of its database.
    pub fn database_url(&self) -> String {
        match &self.postgres {
            Some(postgres) => postgres.url("postgres"),
            None => format!("sqlite://{}", self.data.path().join("millrace.db").display()),
        }
    }

    /// The database; an embedded one only while the server is stopped.
    pub async fn database(&self) -> anyhow::Result<Db> {
        Ok(Db::open(&self.database_url().parse()?, &Options { connections: 2, ..Options::default() }).await?)
    }

    async fn ready(&mut self) -> anyhow::Result<()> {
        for _ in 0..4_000 {
            if let Some(status) = self.child.try_wait()? {
                bail!("the server ended with {status}: {}", std::fs::read_to_string(self.data.path().join("server.log"))?);
            }
            if api(self.address, "", "GET", "/api/health", &Value::Null).await.is_ok() {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        bail!("the server did not become ready")
    }

    /// Deploys a module and installs it; answers the installation.
    pub async fn install(&self, source: &str) -> anyhow::Result<Value> {
        self.install_as(&self.key, source).await
    }

    /// The same in the workspace of another key.
    pub async fn install_as(&self, key: &str, source: &str) -> anyhow::Result<Value> {
        let deployed = api(self.address, key, "POST", "/api/developer/workflows", &json!({ "files": { "workflow.ts": source } })).await?;
        let install = json!({ "workflow": deployed["workflow_id"], "config": {}, "connections": {}, "activate": true });
        api(self.address, key, "POST", "/api/installations", &install).await
    }

    /// Whether no run is under way.
    pub async fn is_idle(&self) -> anyhow::Result<bool> {
        Ok(!self.has("queued").await? && !self.has("running").await?)
    }

    /// Whether a run of the first workspace is in this state.
    pub async fn has(&self, state: &str) -> anyhow::Result<bool> {
        let page = api(self.address, &self.key, "GET", &format!("/api/runs?limit=1&status={state}"), &Value::Null).await?;
        Ok(page["data"].as_array().is_some_and(|d| !d.is_empty()))
    }

    /// CPU time of the server and its sandbox processes so far. The database server's own is not in it.
    pub fn cpu(&self) -> Duration {
        let pids = descendants(self.child.id());
        // Sandbox processes come and go: those that ended are in the server's own account of its children.
        let alive: Duration = pids.iter().filter_map(|pid| cpu_of(*pid, 11)).sum();
        alive + cpu_of(self.child.id(), 13).unwrap_or_default()
    }

    /// Resident memory of the server process, in MiB.
    pub fn resident_mib(&self) -> f64 {
        resident(self.child.id())
    }

    /// The same with its sandbox processes; pages that they share are counted once for each.
    pub fn resident_with_children_mib(&self) -> f64 {
        descendants(self.child.id()).into_iter().map(resident).sum()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

fn spawn(binary: &Path, address: SocketAddr, data: &Path, postgres: Option<&PostgresServer>, settings: &[(&str, &str)]) -> anyhow::Result<Child> {
    let mut command = Command::new(binary);
    command.args(["serve", "--listen", &address.to_string(), "--data"]).arg(data).env("MILLRACE_LOG", "warn").env("MILLRACE_RATE_LIMITS", "off");
    // Last, so that a row may want limits.
    command.envs(settings.iter().copied());
    if let Some(postgres) = postgres {
        command.args(["--database-url", &postgres.url("postgres")]);
    }
    let log = std::fs::File::options().create(true).append(true).open(data.join("server.log"))?;
    command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).spawn().context("start the server")
}

fn resident(pid: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let kb = status.lines().find_map(|l| l.strip_prefix("VmRSS:")).and_then(|l| l.trim().split(' ').next()?.parse::<f64>().ok());
    kb.unwrap_or(0.0) / 1024.0
}

fn descendants(root: u32) -> Vec<u32> {
    let mut all = vec![root];
    let mut next = 0;
    while next < all.len() {
        let pid = all[next];
        next += 1;
        for task in std::fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten() {
            let children = std::fs::read_to_string(task.path().join("children")).unwrap_or_default();
            all.extend(children.split_whitespace().filter_map(|p| p.parse::<u32>().ok()));
        }
    }
    all
}

/// User and system time of a process from `/proc/<pid>/stat`: its own at field 11 after the name, that of ended children at 13.
#[allow(unsafe_code)]
fn cpu_of(pid: u32, field: usize) -> Option<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let fields: Vec<&str> = stat.rsplit(')').next()?.split_whitespace().collect();
    let ticks: u64 = fields.get(field)?.parse::<u64>().ok()? + fields.get(field + 1)?.parse::<u64>().ok()?;
    // SAFETY: sysconf reads a constant.
    let per_second = unsafe { libc::sysconf(libc::_SC_CLK_TCK) };
    Some(Duration::from_secs_f64(ticks as f64 / per_second.max(1) as f64))
}
