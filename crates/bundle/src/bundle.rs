//! The hashed set of modules that a run is pinned to.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::diagnostic::Diagnostic;

/// Changes whenever the meaning of a module set changes, so that old hashes never name new semantics.
const FORMAT: &str = "millrace-bundle/1";

/// One JavaScript module of a [`Bundle`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Module {
    /// Exact name by which other modules of the set import it: the author's path (`src/workflow.ts`) or an SDK name
    /// (`@millrace/sdk/trigger`).
    pub name: String,
    /// ES module text without types. Every import specifier in it is the exact name of another module of the set, or
    /// `millrace:host` (SDK modules only).
    pub code: String,
    /// Source map v3 as JSON. For the author's modules it embeds the source (`sourcesContent`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub map: Option<String>,
    /// The author's TypeScript; `None` for SDK modules.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

/// The project-level configuration module (`millrace.config.ts`) with everything it imports.
///
/// Its default export is evaluated by the sandbox at deploy time; a run never sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfigModules {
    /// Name of the module whose default export is the configuration.
    pub entry: String,
    /// The set, in the same form as [`Bundle::modules`].
    pub modules: Vec<Module>,
}

/// A workflow ready to run: a closed set of JavaScript modules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bundle {
    /// Lower-case hex SHA-256 over the format tag, the entry and every module (name, code, map), modules sorted by name.
    /// The map is part of it because stack traces are part of what a version shows.
    pub hash: String,
    /// Name of the module whose default export is the workflow.
    pub entry: String,
    /// The modules, sorted by name; only those reachable from the entry.
    pub modules: Vec<Module>,
    /// Findings that do not stop a deploy.
    pub warnings: Vec<Diagnostic>,
    /// Host names of the http(s) URLs written in the author's modules, sorted: candidates for the capability list.
    pub hosts: Vec<String>,
    /// Version of the SDK whose modules are in the set.
    pub sdk_version: String,
    /// The project configuration, if the tree has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config: Option<ConfigModules>,
}

/// Bytes that are not a bundle.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// Not the JSON this crate writes.
    #[error("the stored bundle is not readable: {0}")]
    Json(#[from] serde_json::Error),
    /// The content does not match its own hash: damaged, or edited by hand.
    #[error("the stored bundle is damaged: its content hashes to {actual}, it claims {claimed}")]
    Hash {
        /// Hash written in the bytes.
        claimed: String,
        /// Hash of the content.
        actual: String,
    },
}

impl Bundle {
    /// The module called `name`, looking through the workflow's set and then the configuration's.
    #[must_use]
    pub fn module(&self, name: &str) -> Option<&Module> {
        let config = self.config.iter().flat_map(|c| c.modules.iter());
        self.modules.iter().chain(config).find(|m| m.name == name)
    }

    /// Compact JSON, for storage. Read it back with [`Bundle::from_bytes`].
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        // Strings, vectors and options always serialise; the alternative would be an error nobody can act on.
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Reads [`Bundle::to_bytes`] and checks the hash.
    ///
    /// # Errors
    /// [`DecodeError::Json`] when the bytes are not a bundle, [`DecodeError::Hash`] when they are a damaged one.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let bundle: Self = serde_json::from_slice(bytes)?;
        let actual = hash(&bundle.entry, &bundle.modules, bundle.config.as_ref());
        if actual != bundle.hash {
            return Err(DecodeError::Hash { claimed: bundle.hash, actual });
        }
        Ok(bundle)
    }
}

/// Content hash of a module set. Lengths go in front of texts so that no two sets share a byte stream.
pub(crate) fn hash(entry: &str, modules: &[Module], config: Option<&ConfigModules>) -> String {
    let mut sha = Sha256::new();
    let text = |sha: &mut Sha256, s: &str| {
        sha.update((s.len() as u64).to_be_bytes());
        sha.update(s.as_bytes());
    };
    let set = |sha: &mut Sha256, entry: &str, modules: &[Module]| {
        let mut sorted: Vec<&Module> = modules.iter().collect();
        sorted.sort_by(|a, b| a.name.cmp(&b.name));
        text(sha, entry);
        sha.update((sorted.len() as u64).to_be_bytes());
        for module in sorted {
            text(sha, &module.name);
            text(sha, &module.code);
            text(sha, module.map.as_deref().unwrap_or_default());
        }
    };
    text(&mut sha, FORMAT);
    set(&mut sha, entry, modules);
    if let Some(config) = config {
        set(&mut sha, &config.entry, &config.modules);
    }
    hex::encode(sha.finalize())
}
