//! A directory of connectors with their fixtures.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;

use super::{Contract, Fixture};
use crate::error::ConnectorInvalid;
use crate::{Connector, Registry};

/// What checking one connector found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Checked {
    /// The service.
    pub service: String,
    /// Operations of the file.
    pub operations: usize,
    /// Fixtures played.
    pub fixtures: usize,
    /// Operations without a fixture.
    pub without_fixture: Vec<String>,
    /// Fixtures that did not hold, or that belong to no operation.
    pub wrong: Vec<Wrong>,
}

/// A fixture that did not hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Wrong {
    /// The fixture's file name.
    pub fixture: String,
    /// What differed.
    pub difference: String,
}

/// Loads a connector's directory, or a directory of them, and plays every fixture. An error means that a file cannot be
/// used; fixtures that do not hold are part of the answer.
pub async fn check_dir(path: &Path) -> Result<Vec<Checked>, ConnectorInvalid> {
    let (registry, root) = load(path)?;
    let registry = Arc::new(registry);
    let shown = path.display().to_string();
    let contract = Contract::start(registry.clone()).await.map_err(|e| ConnectorInvalid::new(&shown, "hosts", e))?;
    let mut out = Vec::new();
    for connector in registry.all() {
        out.push(check(&contract, connector, &root.join(&connector.service)).await);
    }
    Ok(out)
}

fn load(path: &Path) -> Result<(Registry, PathBuf), ConnectorInvalid> {
    let file = path.join("connector.yaml");
    if !file.is_file() {
        return Ok((Registry::load_dir(path)?, path.to_owned()));
    }
    let shown = file.display().to_string();
    let unreadable = |e: std::io::Error| ConnectorInvalid::new(&shown, "", format!("cannot be read: {e}"));
    let full = std::fs::canonicalize(path).map_err(unreadable)?;
    let text = std::fs::read_to_string(&file).map_err(unreadable)?;
    let connector = Connector::parse(&shown, &text)?;
    if full.file_name().and_then(|name| name.to_str()) != Some(connector.service.as_str()) {
        let message = format!("`{}` must stand in a directory of that name", connector.service);
        return Err(ConnectorInvalid::new(&shown, "service", message));
    }
    let mut registry = Registry::empty();
    registry.add(&shown, connector)?;
    Ok((registry, full.parent().map(Path::to_path_buf).unwrap_or_default()))
}

async fn check(contract: &Contract, connector: &Connector, dir: &Path) -> Checked {
    let mut checked = Checked { service: connector.service.clone(), operations: connector.operations.len(), ..Checked::default() };
    let mut covered = BTreeSet::new();
    for file in fixture_files(&dir.join("fixtures")) {
        let shown = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let name = shown.trim_end_matches(".json").split('@').next().unwrap_or_default().to_owned();
        checked.fixtures += 1;
        let outcome = match read(&file) {
            _ if !connector.operations.contains_key(&name) => Err(format!("there is no operation `{name}`")),
            Ok(fixture) => contract.play(&connector.service, &name, &fixture).await,
            Err(message) => Err(message),
        };
        covered.insert(name);
        if let Err(difference) = outcome {
            checked.wrong.push(Wrong { fixture: shown, difference });
        }
    }
    checked.without_fixture = connector.operations.keys().filter(|name| !covered.contains(*name)).cloned().collect();
    checked
}

fn fixture_files(dir: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> =
        entries.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|e| e == "json")).collect();
    files.sort();
    files
}

fn read(file: &Path) -> Result<Fixture, String> {
    let text = std::fs::read_to_string(file).map_err(|e| format!("cannot be read: {e}"))?;
    serde_json::from_str(&text).map_err(|e| e.to_string())
}
