//! What a module says about itself, found by evaluating it once without any host call.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The data part of a module's exports. Functions appear as `{"$function": true}` and can be called by their path.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Inspection {
    /// The default export; `null` when there is none or it is no object.
    pub definition: Value,
    /// `export const metadata`; `null` when absent.
    pub metadata: Value,
    /// Further named exports that are definitions themselves (objects with an `execute` function), by name.
    pub others: Vec<OtherDefinition>,
    /// Paths of all functions: `execute`, `customActions.send`, `metadata.migration.script`, `other.execute`.
    pub functions: Vec<String>,
}

/// A definition exported under a name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OtherDefinition {
    /// The export's name.
    pub name: String,
    /// Its data part.
    pub definition: Value,
}
