//! The connectors that a server knows.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use crate::error::ConnectorInvalid;
use crate::schema::Connector;

include!(concat!(env!("OUT_DIR"), "/builtin.rs"));

/// All connectors, looked up by any spelling of their name.
#[derive(Debug, Clone, Default)]
pub struct Registry {
    by_service: BTreeMap<String, Arc<Connector>>,
}

impl Registry {
    /// A registry without connectors.
    pub fn empty() -> Self {
        Self::default()
    }

    /// The connectors compiled into this program.
    pub fn builtin() -> Result<Self, ConnectorInvalid> {
        let mut registry = Self::empty();
        for (file, text) in FILES {
            registry.add(file, Connector::parse(file, text)?)?;
        }
        Ok(registry)
    }

    /// The built-in connectors, then those of `path` (`<path>/<service>/connector.yaml`), which replace built-in ones
    /// of the same name.
    pub fn with_dir(path: &Path) -> Result<Self, ConnectorInvalid> {
        let mut registry = Self::builtin()?;
        let own = Self::load_dir(path)?;
        registry.by_service.extend(own.by_service);
        Ok(registry)
    }

    /// The connectors of a directory: `<path>/<service>/connector.yaml`.
    pub fn load_dir(path: &Path) -> Result<Self, ConnectorInvalid> {
        let shown = path.display().to_string();
        let unreadable = |e: std::io::Error| ConnectorInvalid::new(&shown, "", format!("cannot be read: {e}"));
        let mut registry = Self::empty();
        let mut dirs: Vec<_> =
            std::fs::read_dir(path).map_err(unreadable)?.collect::<Result<_, _>>().map_err(unreadable)?;
        dirs.sort_by_key(std::fs::DirEntry::file_name);
        for dir in dirs {
            let file = dir.path().join("connector.yaml");
            if !file.is_file() {
                continue;
            }
            let shown = file.display().to_string();
            let text = std::fs::read_to_string(&file)
                .map_err(|e| ConnectorInvalid::new(&shown, "", format!("cannot be read: {e}")))?;
            let connector = Connector::parse(&shown, &text)?;
            if dir.file_name().to_str() != Some(connector.service.as_str()) {
                let message = format!("`{}` must stand in a directory of that name", connector.service);
                return Err(ConnectorInvalid::new(&shown, "service", message));
            }
            registry.add(&shown, connector)?;
        }
        Ok(registry)
    }

    /// Adds one connector; its names must be free.
    pub fn add(&mut self, file: &str, connector: Connector) -> Result<(), ConnectorInvalid> {
        for name in std::iter::once(&connector.service).chain(&connector.aliases) {
            if let Some(other) = self.get(name) {
                let message = format!("`{name}` already means {}", other.title);
                return Err(ConnectorInvalid::new(file, "service", message));
            }
        }
        self.by_service.insert(connector.service.clone(), Arc::new(connector));
        Ok(())
    }

    /// The connector that a workflow means by `service`: kebab-case, camelCase or an alias.
    pub fn get(&self, service: &str) -> Option<&Arc<Connector>> {
        self.by_service.get(service).or_else(|| self.by_service.values().find(|connector| connector.answers_to(service)))
    }

    /// All connectors, by service name.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Connector>> {
        self.by_service.values()
    }
}
