//! Server processes that share a database: started, killed, frozen, thawed and started again.

use std::net::SocketAddr;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use serde_json::Value;

use crate::http::api;

/// Longest time from a start until the server is ready: a debug build on a busy machine.
const READY: Duration = Duration::from_secs(60);

/// How long a node that finds its port or file still taken is started again, as any supervisor would.
const SUPERVISED: Duration = Duration::from_secs(5);

/// How every node of a fleet is started.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The server's executable.
    pub binary: PathBuf,
    /// The database, unless it is the embedded file in the node's own data folder.
    pub database_url: Option<String>,
    /// Environment variables besides `PATH`.
    pub env: Vec<(String, String)>,
}

/// One server process with its own data folder, port and log.
#[derive(Debug)]
pub struct Node {
    /// Where it listens, over all its starts.
    pub address: SocketAddr,
    /// Its data folder.
    pub data: PathBuf,
    setup: Setup,
    folder: PathBuf,
    child: Option<Child>,
    starts: u32,
}

impl Node {
    /// Starts a server in a folder of its own and waits until it is ready.
    ///
    /// # Errors
    /// It ended, or did not become ready.
    pub async fn start(setup: &Setup, folder: &Path) -> anyhow::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let address = format!("127.0.0.1:{}", millrace_db::testing::free_port()).parse()?;
        let mut node = Self { address, data: folder.join("data"), setup: setup.clone(), folder: folder.to_owned(), child: None, starts: 0 };
        node.spawn()?;
        node.ready().await?;
        Ok(node)
    }

    /// Starts the process without waiting for it. To be called on a thread that lives as long as the node shall: it dies with
    /// the thread that started it, so that nothing is left behind when this driver is killed.
    ///
    /// # Errors
    /// The executable cannot be started.
    #[allow(unsafe_code)]
    pub fn spawn(&mut self) -> anyhow::Result<()> {
        self.starts += 1;
        let log = std::fs::File::create(self.log_path())?;
        let mut command = Command::new(&self.setup.binary);
        command.arg("serve").arg("--data").arg(&self.data).args(["--listen", &self.address.to_string()]).env_clear();
        if let Some(url) = &self.setup.database_url {
            command.args(["--database-url", url]);
        }
        for name in ["PATH", "TMPDIR", "RUST_BACKTRACE"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        // One key asks for everything here, as fast as it can.
        command.env("MILLRACE_RATE_LIMITS", "off");
        command.envs(self.setup.env.iter().cloned()).stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        // SAFETY: prctl is async-signal-safe and touches only the new process.
        unsafe {
            command.pre_exec(|| {
                libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
                Ok(())
            });
        }
        self.child = Some(command.spawn().context("start a server")?);
        Ok(())
    }

    /// Waits until it answers.
    ///
    /// # Errors
    /// It ended, or took too long.
    pub async fn ready(&mut self) -> anyhow::Result<()> {
        let start = Instant::now();
        while api(self.address, "", "GET", "/api/health", &Value::Null).await.is_err() {
            let ended = self.child.as_mut().map(Child::try_wait).transpose()?.flatten();
            if ended.is_some() && start.elapsed() < SUPERVISED && self.log_end(30).contains("in use") {
                // A sandbox that was just being forked at the kill holds port and file for a moment longer: a supervisor's case.
                tokio::time::sleep(Duration::from_millis(100)).await;
                self.spawn()?;
                continue;
            }
            if ended.is_some() || start.elapsed() > READY {
                bail!("a node did not become ready ({ended:?}):\n{}", self.log_end(30));
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Ok(())
    }

    fn log_path(&self) -> PathBuf {
        self.folder.join(format!("server-{}.log", self.starts))
    }

    /// The last lines that its present process logged.
    pub fn log_end(&self, lines: usize) -> String {
        let log = std::fs::read_to_string(self.log_path()).unwrap_or_default();
        let all: Vec<&str> = log.lines().collect();
        all[all.len().saturating_sub(lines)..].join("\n")
    }

    /// The id under which its present process works, as it says in its log.
    pub fn id(&self) -> Option<String> {
        let log = std::fs::read_to_string(self.log_path()).unwrap_or_default();
        let at = log.find("node_")?;
        Some(log[at..].chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect())
    }

    /// Its process id, if it runs.
    pub fn pid(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    /// Ends it as a power cut would.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Freezes it: it keeps its connections and its memory, and does nothing.
    pub fn freeze(&self) {
        self.signal(libc::SIGSTOP);
    }

    /// Lets it go on where it was.
    pub fn thaw(&self) {
        self.signal(libc::SIGCONT);
    }

    #[allow(unsafe_code)]
    fn signal(&self, number: i32) {
        if let Some(pid) = self.pid().and_then(|p| i32::try_from(p).ok()) {
            // SAFETY: kill has no preconditions; the process is ours and not yet waited for.
            unsafe {
                libc::kill(pid, number);
            }
        }
    }

    /// Its own child processes: the sandboxes.
    pub fn children(&self) -> Vec<u32> {
        let Some(pid) = self.pid() else { return Vec::new() };
        let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
        tasks
            .flat_map(|task| {
                let text = std::fs::read_to_string(task.path().join("children")).unwrap_or_default();
                text.split_whitespace().filter_map(|p| p.parse().ok()).collect::<Vec<u32>>()
            })
            .collect()
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.kill();
    }
}
