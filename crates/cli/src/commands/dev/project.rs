//! The project being worked on, and its installation.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::Args;
use crate::commands::{Context, escape, install, installations, run, runs};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::limits::DEFAULT_WAIT;
use crate::source::read_json;
use crate::view::{or_dash, rows, text};
use tokio::sync::watch;

/// A workflow's directory and what belongs to it on the server.
pub struct Project {
    dir: PathBuf,
    name: String,
    config: Map<String, Value>,
    connections: Map<String, Value>,
    trigger: Value,
    /// The version that the installation has; empty before the first deploy.
    version: String,
    installation: watch::Sender<Option<String>>,
}

impl Project {
    /// Reads what is needed besides the source.
    pub fn open(args: &Args) -> Result<Self, Failure> {
        let folder = if args.dir.is_file() { args.dir.parent().unwrap_or(Path::new(".")).to_owned() } else { args.dir.clone() };
        let test_data = folder.join("test-data.json");
        let test = if test_data.exists() { read_json(&test_data)? } else { json!({}) };
        let config = match &args.config {
            Some(file) => install::object(file)?,
            None => test["config"].as_object().cloned().unwrap_or_default(),
        };
        let full = std::fs::canonicalize(&folder).unwrap_or(folder);
        Ok(Self {
            name: format!("dev {}", full.file_name().map_or_else(|| "workflow".into(), |n| n.to_string_lossy())),
            dir: args.dir.clone(),
            config,
            connections: install::connections(&args.connection)?,
            trigger: test["trigger"].clone(),
            version: String::new(),
            installation: watch::Sender::new(None),
        })
    }

    /// Where its source is.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The installation's id, once there is one.
    pub fn installation(&self) -> watch::Receiver<Option<String>> {
        self.installation.subscribe()
    }

    /// Puts the installation on a deployed version: the one a former `dev` left, or a new one.
    pub async fn install(&mut self, context: &Context, deployed: &Value) -> Result<(), Failure> {
        let version = or_dash(deployed, "version_id").to_owned();
        let client = &context.client;
        let known = self.installation.borrow().clone();
        match known {
            Some(id) if self.version != version => {
                client.patch(&format!("/api/installations/{}", escape(&id)), &json!({"version": version})).await?;
            }
            Some(_) => {}
            None => {
                self.remove_former(context).await?;
                let body = json!({
                    "workflow": deployed["workflow_id"], "version": version, "name": self.name, "config": self.config, "connections": self.connections, "activate": true,
                });
                let made = client.post("/api/installations", &body).await?;
                context.terminal.line(&super::tagged("installed", &made), || install::show(context.terminal, &made));
                self.installation.send_replace(text(&made, "id").map(str::to_owned));
            }
        }
        self.version = version;
        Ok(())
    }

    /// A `dev` that was killed left its installation; its triggers must not fire beside the new one's.
    async fn remove_former(&self, context: &Context) -> Result<(), Failure> {
        let list = context.client.get("/api/installations?limit=200").await?;
        for row in rows(&list).iter().filter(|row| text(row, "name") == Some(&self.name)) {
            installations::remove_with_connections(&context.client, or_dash(row, "id")).await?;
        }
        Ok(())
    }

    /// Runs once with the trigger of test-data.json.
    pub async fn run_test_data(&self, context: &Context) -> Result<(), Failure> {
        let installation = self.installation.borrow().clone();
        let installation = installation.ok_or_else(|| Failure::new(Exit::Failed, "NOT_INSTALLED", "there is no installation to run"))?;
        let data = self.trigger.get("data").cloned();
        let started = run::start(&context.client, &installation, data, text(&self.trigger, "event"), None).await?;
        let ended = run::wait(&context.client, or_dash(&started, "run_id"), DEFAULT_WAIT.min(Duration::from_secs(120))).await?;
        context.terminal.line(&super::tagged("run", &ended), || runs::show(context.terminal, &ended));
        self.close(context).await?;
        run::verdict(&ended)
    }

    /// Removes the installation.
    pub async fn close(&self, context: &Context) -> Result<(), Failure> {
        let installation = self.installation.borrow().clone();
        if let Some(id) = installation {
            installations::remove_with_connections(&context.client, &id).await?;
        }
        Ok(())
    }
}
