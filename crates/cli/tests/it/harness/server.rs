//! A server as a process: started, killed, started again; and the command line that talks to it.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::process::{Child, Command};

use super::{Database, LONG, eventually};
use millrace_cli::demo::StandIn;

/// The executable under test.
pub fn binary() -> &'static str {
    env!("CARGO_BIN_EXE_millrace")
}

/// How a server is started.
#[derive(Debug, Clone)]
pub struct Setup {
    database: Database,
    egress: Vec<String>,
    env: Vec<(String, String)>,
    args: Vec<String>,
    data: Option<PathBuf>,
    program: String,
}

impl Setup {
    /// The usual: the given database, test clock allowed, callers not limited: tests ask as fast as they can.
    pub fn on(database: Database) -> Self {
        Self { database, egress: Vec::new(), env: vec![("MILLRACE_TEST_CLOCK".into(), "1".into()), ("MILLRACE_RATE_LIMITS".into(), "off".into())], args: Vec::new(), data: None, program: binary().to_owned() }
    }

    /// Sends a host's traffic to a stand-in.
    pub fn host(mut self, host: &str, service: &StandIn) -> Self {
        self.egress.push(format!("{host}={}", service.url()));
        self
    }

    /// Sends a host's traffic to this address.
    pub fn map(mut self, host: &str, url: &str) -> Self {
        self.egress.push(format!("{host}={url}"));
        self
    }

    /// Sets an environment variable.
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Adds an option of `serve`.
    pub fn arg(mut self, arg: &str) -> Self {
        self.args.push(arg.to_owned());
        self
    }

    /// Uses this data directory instead of one of its own.
    pub fn data(mut self, dir: &Path) -> Self {
        self.data = Some(dir.to_owned());
        self
    }

    /// Starts this executable instead of the one under test.
    pub fn program(mut self, path: &str) -> Self {
        path.clone_into(&mut self.program);
        self
    }

    /// Starts it and waits until it is ready.
    pub async fn start(self) -> Server {
        let scratch = tempfile::Builder::new().prefix("millrace-it").tempdir().unwrap();
        let data = self.data.clone().unwrap_or_else(|| scratch.path().join("data"));
        let port = millrace_db::testing::free_port();
        let mut server = Server { setup: self, scratch, data, port, child: None, api_key: String::new(), starts: 0 };
        server.spawn();
        server.ready().await;
        server.api_key = server.read_key();
        server
    }
}

/// A server process with its own data directory.
pub struct Server {
    setup: Setup,
    scratch: TempDir,
    data: PathBuf,
    port: u16,
    child: Option<Child>,
    api_key: String,
    starts: u32,
}

/// What a command printed and how it ended.
#[derive(Debug)]
pub struct Output {
    /// The exit code.
    pub code: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Output {
    /// Standard output as JSON; fails with everything that was printed.
    pub fn json(&self) -> Value {
        assert_eq!(self.code, 0, "{}\n{}", self.stdout, self.stderr);
        serde_json::from_str(&self.stdout).unwrap_or_else(|e| panic!("{e}: {}", self.stdout))
    }

    /// The error as JSON.
    pub fn error(&self) -> Value {
        let line = self.stderr.lines().last().unwrap_or_default();
        serde_json::from_str::<Value>(line).unwrap_or_else(|e| panic!("{e}: {}", self.stderr))["error"].take()
    }
}

impl Server {
    /// Its base address.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Its data directory.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// Its owner key.
    pub fn api_key(&self) -> &str {
        &self.api_key
    }

    /// Calls with another key from now on: a node without a bootstrap file of its own.
    pub fn use_key(&mut self, key: &str) {
        key.clone_into(&mut self.api_key);
    }

    /// The next start uses this executable.
    pub fn set_program(&mut self, path: &str) {
        path.clone_into(&mut self.setup.program);
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.as_ref().and_then(Child::id).expect("the server runs")
    }

    /// Everything it has logged, over all starts.
    pub fn log(&self) -> String {
        (1..=self.starts).map(|n| std::fs::read_to_string(self.log_path(n)).unwrap_or_default()).collect()
    }

    fn log_path(&self, start: u32) -> PathBuf {
        self.scratch.path().join(format!("server-{start}.log"))
    }

    fn spawn(&mut self) {
        self.starts += 1;
        let log = std::fs::File::create(self.log_path(self.starts)).unwrap();
        let mut command = Command::new(&self.setup.program);
        command.arg("serve").arg("--data").arg(&self.data).args(["--listen", &format!("127.0.0.1:{}", self.port)]);
        if let Some(url) = self.setup.database.url() {
            command.args(["--database-url", url]);
        }
        command.args(&self.setup.args).env_clear();
        for name in ["PATH", "TMPDIR", "RUST_BACKTRACE"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        if !self.setup.egress.is_empty() {
            command.env("MILLRACE_EGRESS_MAP", self.setup.egress.join(","));
        }
        command.envs(self.setup.env.iter().cloned());
        command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log).kill_on_drop(true);
        self.child = Some(command.spawn().unwrap());
    }

    async fn ready(&mut self) {
        let url = format!("{}/api/health", self.url());
        let start = std::time::Instant::now();
        loop {
            if let Ok(answer) = reqwest::get(&url).await
                && answer.status() == 200
            {
                return;
            }
            let ended = self.child.as_mut().and_then(|c| c.try_wait().unwrap());
            assert!(ended.is_none() && start.elapsed() < LONG, "the server did not become ready ({ended:?}):\n{}", self.log());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    fn read_key(&self) -> String {
        let text = std::fs::read_to_string(self.data.join("bootstrap.json")).unwrap_or_default();
        let file: Value = serde_json::from_str(&text).unwrap_or_default();
        file["api_key"].as_str().unwrap_or_default().to_owned()
    }

    /// Ends it as a power cut would.
    pub async fn kill9(&mut self) {
        let mut child = self.child.take().expect("the server runs");
        child.start_kill().unwrap();
        child.wait().await.unwrap();
    }

    /// Asks it to end, and waits; its exit code.
    pub async fn terminate(&mut self) -> Option<i32> {
        signal(self.pid(), libc::SIGTERM);
        self.terminated().await
    }

    /// Waits until it has ended; its exit code.
    pub async fn terminated(&mut self) -> Option<i32> {
        let mut child = self.child.take().expect("the server runs");
        tokio::time::timeout(LONG, child.wait()).await.expect("it drains").unwrap().code()
    }

    /// Starts it again on the same data, port and database.
    pub async fn restart(&mut self) {
        self.spawn();
        self.ready().await;
    }

    /// Runs a command against it.
    pub async fn cli(&self, args: &[&str]) -> Output {
        let mut command = Command::new(binary());
        command.args(args).env("MILLRACE_URL", self.url()).env("MILLRACE_API_KEY", &self.api_key).env("NO_COLOR", "1");
        command.env("XDG_CONFIG_HOME", self.scratch.path().join("config"));
        let done = tokio::time::timeout(LONG, command.stdin(Stdio::null()).output()).await.expect("the command ends").unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Output { code: done.status.code().unwrap_or(-1), stdout: text(done.stdout), stderr: text(done.stderr) }
    }

    /// Runs a command with `--json` and reads what it prints.
    pub async fn cli_json(&self, args: &[&str]) -> Value {
        let all: Vec<&str> = args.iter().copied().chain(["--json"]).collect();
        self.cli(&all).await.json()
    }

    /// Calls the API with its key; the status and the body.
    pub async fn api(&self, method: &str, path: &str, body: Option<Value>) -> (u16, Value) {
        self.api_as(&self.api_key, method, path, body).await
    }

    /// Calls the API with this key or access token; with an empty one, as nobody.
    pub async fn api_as(&self, credential: &str, method: &str, path: &str, body: Option<Value>) -> (u16, Value) {
        let method: reqwest::Method = method.parse().unwrap();
        let mut request = reqwest::Client::new().request(method, format!("{}{path}", self.url()));
        if !credential.is_empty() {
            request = request.bearer_auth(credential);
        }
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        let answer = request.send().await.expect("the server answers");
        let status = answer.status().as_u16();
        (status, serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap_or(Value::Null))
    }

    /// Calls the API and expects success.
    pub async fn ok(&self, method: &str, path: &str, body: Option<Value>) -> Value {
        let (status, answer) = self.api(method, path, body).await;
        assert!(status < 300, "{method} {path}: {status} {answer}");
        answer
    }

    /// Writes files of a test; the directory's path.
    pub fn folder(&self, name: &str, files: &[(&str, &str)]) -> String {
        let dir = self.scratch.path().join(name);
        for (file, text) in files {
            let path = dir.join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        dir.display().to_string()
    }

    /// Writes one JSON file; its path.
    pub fn file(&self, name: &str, value: &Value) -> String {
        let path = self.scratch.path().join(name);
        std::fs::write(&path, value.to_string()).unwrap();
        path.display().to_string()
    }

    /// Deploys one module and installs it, active; the installation.
    pub async fn install(&self, source: &str, config: Value, connections: Value) -> Value {
        let deployed = self.ok("POST", "/api/developer/workflows", Some(json!({"files": {"workflow.ts": source}}))).await;
        let body = json!({"workflow": deployed["workflow_id"], "config": config, "connections": connections, "activate": true});
        self.ok("POST", "/api/installations", Some(body)).await
    }

    /// Starts a run by hand; its id.
    pub async fn trigger(&self, installation: &Value, data: Value) -> String {
        let path = format!("/api/installations/{}/trigger", installation["id"].as_str().unwrap());
        let started = self.ok("POST", &path, Some(json!({"data": data}))).await;
        started["run_id"].as_str().unwrap().to_owned()
    }

    /// A run as it is.
    pub async fn run(&self, id: &str) -> Value {
        self.ok("GET", &format!("/api/runs/{id}"), None).await
    }

    /// Waits until a run has one of these states.
    pub async fn until(&self, id: &str, states: &[&str]) -> Value {
        let what = format!("{id} becomes {states:?}");
        eventually(&what, LONG, async || {
            let run = self.run(id).await;
            states.contains(&run["status"].as_str().unwrap()).then_some(run)
        })
        .await
    }

    /// Waits until a run has ended.
    pub async fn ended(&self, id: &str) -> Value {
        self.until(id, &["completed", "failed", "cancelled", "skipped"]).await
    }

    /// Waits until a run has completed; fails with its error if it did not.
    pub async fn completed(&self, id: &str) -> Value {
        let run = self.ended(id).await;
        assert_eq!(run["status"], "completed", "{:#}", run["error"]);
        run
    }

    /// Moves its clock.
    pub async fn set_clock(&self, to: &str) {
        self.ok("POST", "/api/test/clock", Some(json!({"now": to}))).await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = self.log();
            let lines: Vec<&str> = log.lines().collect();
            eprintln!("--- the end of the server's log\n{}\n---", lines[lines.len().saturating_sub(30)..].join("\n"));
        }
    }
}

/// Sends a signal to a process.
pub fn signal(pid: u32, number: i32) {
    #[allow(unsafe_code)]
    // SAFETY: kill has no preconditions.
    unsafe {
        libc::kill(i32::try_from(pid).unwrap(), number);
    }
}
