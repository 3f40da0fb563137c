//! TypeScript in, hashed set of JavaScript modules out.
//!
//! [`bundle`] takes the author's files, refuses what the sandbox cannot run, strips the types of each module on its own
//! and rewrites import specifiers to exact module names. Nothing is concatenated: a [`Bundle`] is a closed set of ES
//! modules, among them the parts of the embedded SDK that the author uses, so a run is pinned to the SDK it was deployed
//! with. The same tree always gives the same hash.

mod build;
mod bundle;
mod diagnostic;
mod emit;
mod graph;
mod hosts;
mod limits;
mod link;
mod nesting;
mod parse;
mod position;
mod refuse;
mod sdk;
mod specifier;
mod tree;
mod validate;

pub use bundle::{Bundle, ConfigModules, DecodeError, Module};
pub use diagnostic::{BundleError, Diagnostic, Severity};
pub use position::Position;
pub use tree::SourceTree;

/// Turns the author's files into a bundle.
///
/// `entry` names the workflow's file; without it `package.json` (`millrace.entry`, `main`) and then the usual names decide.
/// Blocking work of milliseconds (a second for the largest trees): call it from a blocking thread.
///
/// # Errors
/// [`BundleError`] with every problem found, each with its place.
pub fn bundle(tree: &SourceTree, entry: Option<&str>) -> Result<Bundle, BundleError> {
    let _turn = build::wait_for_turn(tree);
    let outcome = build::on_deep_stack(|| build::build(tree, entry)).map_err(BundleError::one)?;
    outcome.bundle.ok_or(BundleError { diagnostics: outcome.findings })
}

/// Checks the author's files against every static rule, without keeping anything.
///
/// Errors come first, then by file and line. Empty means: nothing to say. [`bundle`] succeeds exactly when none of these is
/// an error.
#[must_use]
pub fn validate(tree: &SourceTree, entry: Option<&str>) -> Vec<Diagnostic> {
    let _turn = build::wait_for_turn(tree);
    build::on_deep_stack(|| build::build(tree, entry).findings).unwrap_or_else(|failure| vec![failure])
}
