//! From a source tree to a bundle, or to everything that is wrong with it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use oxc_allocator::Allocator;

use crate::bundle::{Bundle, ConfigModules, Module, hash};
use crate::diagnostic::{BundleError, Diagnostic, Findings, Severity};
use crate::emit::{Origin, emit};
use crate::graph::Graph;
use crate::limits::{LARGE_TREE_BYTES, PARSER_STACK_BYTES};
use crate::sdk::Sdk;
use crate::tree::SourceTree;
use crate::validate;

/// Lets trees of more than [`LARGE_TREE_BYTES`] through one at a time.
pub(crate) fn wait_for_turn(tree: &SourceTree) -> Option<MutexGuard<'static, ()>> {
    static TURN: Mutex<()> = Mutex::new(());
    let bytes: usize = tree.files.values().map(String::len).sum();
    (bytes > LARGE_TREE_BYTES).then(|| TURN.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Runs `work` on a thread whose stack suffices for the deepest tree that [`crate::nesting`] lets through. A panic of the
/// parser becomes a finding instead of taking the caller down.
pub(crate) fn on_deep_stack<T: Send>(work: impl FnOnce() -> T + Send) -> Result<T, Diagnostic> {
    let failed = |what: &str| {
        Diagnostic::of_file("INTERNAL_ERROR", Severity::Error, "", format!("The workflow could not be compiled: {what}."))
            .suggest("This is a fault of Millrace, not of the workflow. Please report it with the source.")
    };
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().name("millrace-bundle".to_owned()).stack_size(PARSER_STACK_BYTES);
        match thread.spawn_scoped(scope, work) {
            Ok(handle) => handle.join().map_err(|_| failed("the compiler failed")),
            Err(error) => Err(failed(&format!("no thread could be started ({error})"))),
        }
    })
}

/// Everything known about a tree after one pass.
pub(crate) struct Outcome {
    pub bundle: Option<Bundle>,
    pub findings: Vec<Diagnostic>,
}

/// Checks and bundles a tree. There is a bundle exactly if no finding is an error.
pub(crate) fn build(tree: &SourceTree, entry: Option<&str>) -> Outcome {
    let bad_paths = tree.bad_paths();
    if !bad_paths.is_empty() {
        return Outcome { bundle: None, findings: Findings::from(bad_paths).arrange() };
    }
    let sdk = match Sdk::embedded() {
        Ok(sdk) => sdk,
        Err(BundleError { diagnostics }) => return Outcome { bundle: None, findings: diagnostics },
    };
    let entry = match tree.entry(entry) {
        Ok(entry) => entry,
        Err(finding) => return Outcome { bundle: None, findings: vec![finding] },
    };
    let mut findings = Findings::default();
    let allocator = Allocator::default();
    let mut graph = Graph::load(&allocator, tree, sdk, &entry, &mut findings);
    validate::check(&graph, &entry, &mut findings);
    let modules = write(&allocator, &mut graph, sdk, &entry, &mut findings);
    let hosts: Vec<String> = std::mem::take(&mut graph.hosts).into_iter().collect();
    let config = tree.config().filter(|config| *config != entry).map(|name| {
        let mut graph = Graph::load(&allocator, tree, sdk, name, &mut findings);
        validate::check_config(&graph, name, &mut findings);
        let modules = write(&allocator, &mut graph, sdk, name, &mut findings);
        ConfigModules { entry: name.to_owned(), modules }
    });
    let findings = findings.arrange();
    if findings.iter().any(Diagnostic::is_error) {
        return Outcome { bundle: None, findings };
    }
    let hash = hash(&entry, &modules, config.as_ref());
    let warnings = findings.clone();
    let bundle = Bundle { hash, entry, modules, warnings, hosts, sdk_version: sdk.version.clone(), config };
    Outcome { bundle: Some(bundle), findings }
}

/// Writes out the modules reachable from `entry` in what is left after types are gone, and the SDK modules they use.
fn write<'a>(
    allocator: &'a Allocator,
    graph: &mut Graph<'a>,
    sdk: &Sdk,
    entry: &str,
    findings: &mut Findings,
) -> Vec<Module> {
    let mut written = BTreeMap::new();
    let mut wanted = BTreeSet::new();
    let mut queue = vec![entry.to_owned()];
    while let Some(name) = queue.pop() {
        let Some(tree) = graph.nodes.get_mut(name.as_str()).and_then(|node| node.parsed.tree.take()) else { continue };
        let node = &graph.nodes[name.as_str()];
        let done = emit(allocator, node, tree, graph, |module| sdk.knows(module), Origin::Author, findings);
        let source = Some(node.parsed.text.source.to_owned());
        written.insert(name.clone(), Module { name, code: done.code, map: done.map, source });
        let (of_sdk, own): (Vec<_>, Vec<_>) = done.imports.into_iter().partition(|name| sdk.knows(name));
        wanted.extend(of_sdk);
        queue.extend(own);
    }
    let mut modules: Vec<Module> = written.into_values().chain(sdk.closure(wanted)).collect();
    modules.sort_by(|a, b| a.name.cmp(&b.name));
    modules
}
