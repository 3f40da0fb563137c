//! The project being worked on, and its installation.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::Args;
use super::installed::Installed;
use crate::commands::{Context, escape, install, installations, run, runs};
use crate::failure::Failure;
use crate::limits::DEFAULT_WAIT;
use crate::source::read_json;
use crate::view::{or_dash, rows, text};
use tokio::sync::watch;

/// A workflow's directory and what belongs to it on the server.
pub struct Project {
    dir: PathBuf,
    folder: PathBuf,
    name: String,
    /// The file that says what Enter and `--once` run with; one that was not named may be missing.
    data: PathBuf,
    is_data_named: bool,
    config_file: Option<PathBuf>,
    connections: Map<String, Value>,
    /// What the installation has; empty before the first deploy.
    version: String,
    config: Map<String, Value>,
    addresses: Vec<String>,
    installed: watch::Sender<Option<Installed>>,
}

impl Project {
    /// Reads what is needed besides the source.
    pub fn open(args: &Args) -> Result<Self, Failure> {
        let folder = match args.dir.parent() {
            Some(parent) if args.dir.is_file() => if parent.as_os_str().is_empty() { Path::new(".") } else { parent }.to_owned(),
            _ => args.dir.clone(),
        };
        let full = std::fs::canonicalize(&folder).unwrap_or_else(|_| folder.clone());
        let project = Self {
            name: format!("dev {}", full.file_name().map_or_else(|| "workflow".into(), |n| n.to_string_lossy())),
            dir: args.dir.clone(),
            data: args.data.clone().unwrap_or_else(|| folder.join("test-data.json")),
            is_data_named: args.data.is_some(),
            folder,
            config_file: args.config.clone(),
            connections: install::connections(&args.connection)?,
            version: String::new(),
            config: Map::new(),
            addresses: Vec::new(),
            installed: watch::Sender::new(None),
        };
        // A file that cannot be read is told before a server is asked for anything.
        project.read_config()?;
        Ok(project)
    }

    /// Where its source is.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The directory it is in.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The file that says what a run begins with.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// The installation, once there is one.
    pub fn installed(&self) -> watch::Receiver<Option<Installed>> {
        self.installed.subscribe()
    }

    /// What the data file says now; `{}` where there is none and none was named.
    fn read_data(&self) -> Result<Value, Failure> {
        if self.is_data_named || self.data.exists() { read_json(&self.data) } else { Ok(json!({})) }
    }

    fn read_config(&self) -> Result<Map<String, Value>, Failure> {
        match &self.config_file {
            Some(file) => install::object(file),
            None => Ok(self.read_data()?["config"].as_object().cloned().unwrap_or_default()),
        }
    }

    /// Puts the installation on a deployed version and on the configuration as it is now: the installation of this command, or a new one.
    pub async fn install(&mut self, context: &Context, deployed: &Value) -> Result<(), Failure> {
        let version = or_dash(deployed, "version_id").to_owned();
        let config = self.read_config()?;
        let known = self.installed.borrow().as_ref().map(|installed| installed.id.clone());
        let now = match known {
            Some(_) if self.version == version && self.config == config => return Ok(()),
            Some(id) => {
                let change = json!({"version": version, "config": changes(&self.config, &config)});
                context.client.patch(&format!("/api/installations/{}", escape(&id)), &change).await?
            }
            None => {
                self.remove_former(context).await?;
                let body = json!({
                    "workflow": deployed["workflow_id"], "version": version, "name": self.name, "config": config, "connections": self.connections, "activate": true,
                });
                context.client.post("/api/installations", &body).await?
            }
        };
        // Addresses are told once, and again when a change brought others.
        let addresses = now["webhooks"].as_array().into_iter().flatten().map(|webhook| or_dash(webhook, "url").to_owned()).collect();
        if self.version.is_empty() || addresses != self.addresses {
            context.terminal.line(&super::tagged("installed", &now), || install::show(context.terminal, &now));
        }
        let id = or_dash(&now, "id").to_owned();
        (self.version, self.config, self.addresses) = (version, config, addresses);
        self.installed.send_replace(Some(Installed::new(id, deployed)));
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

    /// Starts a run with what a file says: `{"trigger": {type, service, event, data}}`, or the data alone.
    async fn start(&self, context: &Context, said: &Value) -> Result<Value, Failure> {
        let installed = self.installed.borrow().clone().ok_or_else(Installed::missing)?;
        let trigger = match said.get("trigger") {
            Some(trigger) if trigger.is_object() => trigger.clone(),
            // A file for the configuration alone.
            _ if said.get("config").is_some() => json!({}),
            _ => json!({ "data": said }),
        };
        run::start(&context.client, &installed.id, &installed.asked(&trigger)?, None).await
    }

    /// Runs with the data file, or with the file that was typed; the live view shows the run.
    pub async fn run_line(&self, context: &Context, line: &str) -> Result<(), Failure> {
        let said = match line.trim() {
            "" => self.read_data()?,
            file => read_json(Path::new(file))?,
        };
        self.start(context, &said).await.map(|_| ())
    }

    /// Runs once with the data file, and shows the run when it has ended.
    pub async fn run_once(&self, context: &Context) -> Result<(), Failure> {
        let started = self.start(context, &self.read_data()?).await?;
        let ended = run::wait(&context.client, or_dash(&started, "run_id"), DEFAULT_WAIT.min(Duration::from_secs(120))).await?;
        context.terminal.line(&super::tagged("run", &ended), || runs::show(context.terminal, &ended));
        self.close(context).await?;
        run::verdict(&ended)
    }

    /// Removes the installation.
    pub async fn close(&self, context: &Context) -> Result<(), Failure> {
        let installed = self.installed.borrow().clone();
        if let Some(installed) = installed {
            installations::remove_with_connections(&context.client, &installed.id).await?;
        }
        Ok(())
    }
}

/// What to send so that `before` becomes `after`: a field that is gone is null.
fn changes(before: &Map<String, Value>, after: &Map<String, Value>) -> Map<String, Value> {
    let gone = before.keys().filter(|key| !after.contains_key(*key)).map(|key| (key.clone(), Value::Null));
    let set = after.iter().filter(|(key, value)| before.get(*key) != Some(value)).map(|(key, value)| (key.clone(), value.clone()));
    gone.chain(set).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_changed_is_sent() {
        let fields = |value: Value| value.as_object().cloned().unwrap_or_default();
        let (before, after) = (fields(json!({"a": 1, "b": 2, "c": 3})), fields(json!({"a": 1, "b": 5, "d": 4})));
        assert_eq!(Value::Object(changes(&before, &after)), json!({"b": 5, "c": null, "d": 4}));
    }
}
