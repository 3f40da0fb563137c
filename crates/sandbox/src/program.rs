//! What is executed: a hashed set of plain JavaScript modules.

use serde::{Deserialize, Serialize};
use std::fmt;

/// One workflow program. Its `hash` names its content: two programs with one hash are taken for the same bytes.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Program {
    /// Content hash, given by whoever bundled it. Keys every cache of the sandbox.
    pub hash: String,
    /// Name of the module whose exports are the workflow.
    pub entry: String,
    /// All modules; imports between them are exact names in this set, or `millrace:host` from an `@millrace/…` module.
    pub modules: Vec<ProgramModule>,
}

/// One ES module: plain JavaScript, types already stripped.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgramModule {
    /// Exact name as other modules import it and as stack traces show it. A name that starts with `@millrace/` may
    /// import the host's primitives; only the bundler may give such a name, and only to the embedded SDK.
    pub name: String,
    /// Source text.
    pub code: String,
}

impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Program")
            .field("hash", &self.hash)
            .field("entry", &self.entry)
            .field("modules", &self.modules.len())
            .finish()
    }
}

impl fmt::Debug for ProgramModule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProgramModule").field("name", &self.name).field("bytes", &self.code.len()).finish()
    }
}
