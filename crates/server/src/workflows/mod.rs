//! Workflows: deploying source as immutable versions, and loading them to run.

pub mod breaking;
pub mod changelog;
pub mod declared_trigger;
pub mod definition;
mod deploy;
pub mod field;
pub mod finding;
mod http;
pub mod input;
mod inspect;
pub mod limits;
pub mod model;
mod naming;
mod program;
pub mod semver;
pub mod service;
pub mod source;
mod store;
#[cfg(test)]
mod tests;

pub use http::routes;
pub use model::LoadedVersion;
pub use program::Programs;

/// The program of a bundle, as the sandbox runs it.
pub fn program_of(bundle: &millrace_bundle::Bundle) -> std::sync::Arc<millrace_sandbox::Program> {
    inspect::program(&bundle.hash, &bundle.entry, &bundle.modules)
}
