//! The server that `dev` works with: the one that is named or nearby, else one of its own.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::process::{Child, Command};

use crate::client::Client;
use crate::demo::supervisor;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::limits::START_TIMEOUT;
use crate::place::{Nearby, Place};
use crate::terminal::Terminal;

/// A server, and its process if it is ours.
pub struct Home {
    client: Client,
    process: Option<Child>,
}

impl Home {
    /// Uses a server that answers, or starts one in `.millrace` of the project.
    pub async fn find(terminal: Terminal, url: Option<&str>, api_key: Option<&str>, dir: &Path) -> Result<Self, Failure> {
        let place = Place::find(url, api_key, Path::new("."))?;
        let named = url.is_some();
        let client = Client::of_caller(place)?;
        if named || (client.api_key().is_some() && client.get("/api/health").await.is_ok()) {
            return Ok(Self { client, process: None });
        }
        let busy = terminal.busy("Starting a server for this project");
        let own = Self::start(&if dir.is_file() { PathBuf::from(".") } else { dir.to_owned() }.join(".millrace")).await;
        busy.finish_and_clear();
        own
    }

    async fn start(data: &Path) -> Result<Self, Failure> {
        let failed = |e: std::io::Error| Failure::new(Exit::Failed, "DEV_SERVER_FAILED", "a server for this project cannot start").why(e.to_string());
        std::fs::create_dir_all(data).map_err(failed)?;
        let log = File::create(data.join("server.log")).map_err(failed)?;
        let mut command = Command::new(std::env::current_exe().map_err(failed)?);
        command.arg("serve").arg("--data").arg(data).args(["--listen", "127.0.0.1:0"]);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log).kill_on_drop(true);
        // Ctrl-C in the terminal is for `dev`, which then ends the server in order.
        command.process_group(0);
        supervisor::end_with_parent(&mut command);
        let mut process = command.spawn().map_err(failed)?;
        let log = data.join("server.log");
        let Ok(Some(url)) = tokio::time::timeout(START_TIMEOUT, supervisor::listening(&mut process)).await else {
            return Err(ended(&log));
        };
        let waiting = Client::new(Place { url: url.clone(), api_key: None })?;
        waiting.wait_ready(START_TIMEOUT, || alive(&mut process, &log)).await?;
        let api_key = Nearby::read(&data.join("bootstrap.json")).and_then(|n| n.api_key);
        Ok(Self { client: Client::new(Place { url, api_key })?, process: Some(process) })
    }

    /// The way to it.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Ends the server if it is ours.
    pub async fn close(&mut self) {
        if let Some(process) = &mut self.process {
            supervisor::stop(process).await;
        }
    }
}

fn alive(process: &mut Child, log: &Path) -> Result<(), Failure> {
    match process.try_wait() {
        Ok(None) => Ok(()),
        _ => Err(ended(log)),
    }
}

fn ended(log: &Path) -> Failure {
    let said = std::fs::read_to_string(log).unwrap_or_default();
    let last = said.lines().last().unwrap_or("it said nothing").to_owned();
    Failure::new(Exit::Failed, "DEV_SERVER_FAILED", "the server for this project did not start").why(last).fix(format!("See {}.", log.display()))
}
