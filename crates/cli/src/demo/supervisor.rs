//! The one process that keeps a demonstration running: the stand-ins within it, the server as its child.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::signal::unix::{SignalKind, signal};

use super::standin::{Reply, StandIn};
use super::{Person, Record, crm, notion, zoom};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::limits::STOP_TIMEOUT;

/// The hidden command's name.
pub const COMMAND: &str = "demo-supervisor";

/// Settings of the surroundings that would change what the demonstration shows.
const FOREIGN_SETTINGS: [&str; 6] =
    ["DATABASE_URL", "MILLRACE_PRODUCTION", "MILLRACE_PUBLIC_URL", "MILLRACE_ROLES", "MILLRACE_TEST_CLOCK", "MILLRACE_EGRESS_ALLOW"];

/// A setting of the surroundings, as the demonstration's server gets it.
pub(super) fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|_| !FOREIGN_SETTINGS.contains(&name))
}

/// Runs until it is asked to stop or the server ends. With port 0 the system picks the server's port.
///
/// # Errors
/// A stand-in or the server cannot start, or the server ended by itself.
pub async fn supervise(data: &Path, port: u16) -> Result<(), Failure> {
    let failed = |what: &str| { let what = what.to_owned(); move |e: std::io::Error| Failure::new(Exit::Failed, "DEMO_FAILED", what).why(e.to_string()) };
    // Registered before anything is written down, so that no request to stop is lost.
    let mut term = signal(SignalKind::terminate()).map_err(failed("signals cannot be received"))?;
    let mut int = signal(SignalKind::interrupt()).map_err(failed("signals cannot be received"))?;
    let keys = [token("zoom")?, token("crm")?, token("notion")?];
    let [zoom_token, crm_key, notion_token] = keys.clone();
    let services = std::sync::Arc::new([
        zoom::start(zoom_token).await.map_err(failed("the stand-in for Zoom cannot start"))?,
        crm::start(crm_key).await.map_err(failed("the stand-in for the CRM cannot start"))?,
        notion::start(notion_token).await.map_err(failed("the stand-in for Notion cannot start"))?,
    ]);
    let shown = std::sync::Arc::clone(&services);
    let received = StandIn::start("received", move |_| Reply::json(200, &all_received(shown.as_ref()))).await.map_err(failed("its address cannot be opened"))?;
    let [zoom_token, crm_key, notion_token] = keys;
    let hosts = [zoom::HOST, crm::HOST, notion::HOST];
    let map: Vec<String> = hosts.iter().zip(services.iter()).map(|(host, service)| format!("{host}={}", service.url())).collect();
    Person::prepare(data).await?;
    let mut server = start_server(data, port, &map.join(",")).map_err(failed("the server cannot start"))?;
    let url = listening(&mut server).await.ok_or_else(|| ended(data, "before it was ready"))?;
    let record = Record { pid: std::process::id(), url, received_url: received.url(), zoom_token, crm_key, notion_token };
    record.write(data).map_err(failed("the data directory cannot be written"))?;
    let result = tokio::select! {
        _ = term.recv() => Ok(()),
        _ = int.recv() => Ok(()),
        status = server.wait() => Err(ended(data, &status.map_or_else(|e| e.to_string(), |s| s.to_string()))),
    };
    stop(&mut server).await;
    Record::remove(data);
    result
}

fn ended(data: &Path, why: &str) -> Failure {
    Failure::new(Exit::Failed, "DEMO_SERVER_ENDED", "the demonstration's server ended by itself").why(why).fix(format!("See {}.", log_path(data).display()))
}

/// The address that the server names when it is ready: a port chosen beforehand could be taken by the time it binds.
pub async fn listening(server: &mut Child) -> Option<String> {
    let mut lines = BufReader::new(server.stdout.take()?).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        if let Some(url) = line.strip_prefix("millrace listening on ") {
            return Some(url.to_owned());
        }
    }
    None
}

fn all_received(services: &[StandIn]) -> Value {
    services.iter().map(|s| (s.name().to_owned(), json!(s.requests()))).collect::<serde_json::Map<_, _>>().into()
}

/// Where the server and the supervisor write what they have to say.
pub fn log_path(data: &Path) -> PathBuf {
    data.join("demo.log")
}

fn start_server(data: &Path, port: u16, egress_map: &str) -> std::io::Result<Child> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("serve").arg("--data").arg(data).args(["--listen", &format!("127.0.0.1:{port}")]);
    for name in FOREIGN_SETTINGS {
        command.env_remove(name);
    }
    command.env("MILLRACE_EGRESS_MAP", egress_map).stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true);
    end_with_parent(&mut command);
    command.spawn()
}

/// Asks the kernel to end the process with its parent, so that a killed supervisor leaves no server behind.
pub fn end_with_parent(command: &mut Command) {
    #[allow(unsafe_code)]
    // SAFETY: prctl is async-signal-safe and touches only the new process.
    unsafe {
        command.pre_exec(|| {
            libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGTERM);
            Ok(())
        });
    }
}

/// Asks a server to drain, and kills it if it does not.
pub async fn stop(server: &mut Child) {
    if let Some(pid) = server.id() {
        signal_to(pid, libc::SIGTERM);
        if tokio::time::timeout(STOP_TIMEOUT, server.wait()).await.is_err() {
            let _ = server.kill().await;
        }
    }
}

/// Sends a signal to one process.
pub fn signal_to(pid: u32, signal: i32) {
    let Ok(pid) = i32::try_from(pid) else { return };
    #[allow(unsafe_code)]
    // SAFETY: kill has no preconditions; a pid that is gone is an error we do not need.
    unsafe {
        libc::kill(pid, signal);
    }
}

/// Starts a supervisor that outlives this process and its terminal.
///
/// # Errors
/// The process or its log file cannot be made.
pub fn detach(data: &Path, port: u16) -> std::io::Result<std::process::Child> {
    use std::os::unix::process::CommandExt;
    let log = std::fs::File::create(log_path(data))?;
    let mut command = std::process::Command::new(std::env::current_exe()?);
    command.arg(COMMAND).arg("--data").arg(data).args(["--port", &port.to_string()]);
    command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
    #[allow(unsafe_code)]
    // SAFETY: setsid is async-signal-safe and touches only the new process.
    unsafe {
        command.pre_exec(|| {
            libc::setsid();
            Ok(())
        });
    }
    command.spawn()
}

/// Stops a former demonstration in this directory; answers whether there was one.
///
/// # Errors
/// It does not end.
pub async fn stop_former(data: &Path) -> Result<bool, Failure> {
    let Some(record) = Record::read(data) else { return Ok(false) };
    if !record.is_alive() {
        Record::remove(data);
        return Ok(false);
    }
    signal_to(record.pid, libc::SIGTERM);
    let gone = async {
        while record.is_alive() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    if tokio::time::timeout(STOP_TIMEOUT + Duration::from_secs(5), gone).await.is_err() {
        let what = format!("the former demonstration (process {}) does not end", record.pid);
        return Err(Failure::new(Exit::Failed, "DEMO_DOES_NOT_STOP", what).fix(format!("See {}.", log_path(data).display())));
    }
    Ok(true)
}

/// The wanted port if it is free, else 0: the system picks one when the server binds.
pub fn free_port(wanted: u16) -> u16 {
    if TcpListener::bind(("127.0.0.1", wanted)).is_ok() { wanted } else { 0 }
}

/// A credential that only this demonstration knows.
fn token(of: &str) -> Result<String, Failure> {
    let mut bytes = [0_u8; 20];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| Failure::new(Exit::Failed, "DEMO_FAILED", "the system gives no random numbers"))?;
    Ok(format!("{of}_demo_{}", hex::encode(bytes)))
}
