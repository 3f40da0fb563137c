//! The embedded SDK: its TypeScript, stripped once per process by the same code as the author's.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use oxc_allocator::Allocator;

use crate::bundle::Module;
use crate::diagnostic::{BundleError, Diagnostic, Findings};
use crate::emit::{Origin, emit};
use crate::graph::Node;
use crate::link::{Exports, Found, Modules, find};
use crate::parse::parse;
use crate::specifier::HOST;
use crate::tree::SourceTree;

mod sources {
    include!(concat!(env!("OUT_DIR"), "/sdk_sources.rs"));
}

/// Directory of modules that authors cannot import by path.
const INTERNAL: &str = "@millrace/sdk/internal/";

/// The SDK, ready to be copied into bundles.
#[derive(Debug)]
pub(crate) struct Sdk {
    /// Version of the package.
    pub version: String,
    modules: BTreeMap<String, SdkModule>,
    /// What each module exports, followed to the defining module.
    exports: BTreeMap<String, BTreeMap<String, Found>>,
}

#[derive(Debug)]
struct SdkModule {
    module: Module,
    imports: BTreeSet<String>,
}

impl Sdk {
    /// The SDK embedded in this build.
    pub(crate) fn embedded() -> Result<&'static Self, BundleError> {
        static SDK: OnceLock<Result<Sdk, BundleError>> = OnceLock::new();
        SDK.get_or_init(|| Self::build(sources::SOURCES, sources::PACKAGE)).as_ref().map_err(Clone::clone)
    }

    pub(crate) fn knows(&self, module: &str) -> bool {
        self.modules.contains_key(module)
    }

    pub(crate) fn is_internal(&self, module: &str) -> bool {
        module.starts_with(INTERNAL)
    }

    pub(crate) fn find(&self, module: &str, name: &str) -> Found {
        let whole = || Found::Value { module: module.to_owned(), name: name.to_owned() };
        if name == crate::link::NAMESPACE {
            return whole();
        }
        self.exports.get(module).and_then(|names| names.get(name)).cloned().unwrap_or(Found::Missing)
    }

    /// Names a module exports.
    pub(crate) fn names(&self, module: &str) -> Vec<&str> {
        self.exports.get(module).map(|names| names.keys().map(String::as_str).collect()).unwrap_or_default()
    }

    /// The modules called `wanted` and everything they import.
    pub(crate) fn closure(&self, wanted: impl IntoIterator<Item = String>) -> Vec<Module> {
        let mut names = BTreeSet::new();
        let mut queue: Vec<String> = wanted.into_iter().filter(|name| self.knows(name)).collect();
        while let Some(name) = queue.pop() {
            if let Some(module) = self.modules.get(&name)
                && names.insert(name)
            {
                queue.extend(module.imports.iter().cloned());
            }
        }
        names.iter().map(|name| self.modules[name].module.clone()).collect()
    }

    fn build(sources: &[(&str, &str)], package: &str) -> Result<Self, BundleError> {
        let package: serde_json::Value = serde_json::from_str(package).unwrap_or_default();
        let version = package.get("version").and_then(|v| v.as_str()).unwrap_or("0.0.0").to_owned();
        let tree = SourceTree::of(sources.iter().copied());
        let names: BTreeMap<String, &str> = sources.iter().map(|(path, _)| (module_name(path), *path)).collect();
        let allocator = Allocator::default();
        let (mut findings, mut work) = (Findings::default(), 0);
        let mut set = Set { nodes: BTreeMap::new() };
        for (name, path) in &names {
            let Some(parsed) = parse(&allocator, name, &tree.files[*path], &mut work, &mut findings) else { continue };
            let targets = parsed.links.iter().map(|link| target(&tree, path, &link.specifier)).collect();
            set.nodes.insert(name, Node { parsed, targets });
        }
        let exports = names.keys().map(|name| (name.clone(), set.table(name))).collect();
        let mut modules = BTreeMap::new();
        for (name, path) in &names {
            let Some(syntax) = set.nodes.get_mut(name.as_str()).and_then(|node| node.parsed.tree.take()) else { continue };
            let file = format!("@millrace/sdk/{path}");
            let node = &set.nodes[name.as_str()];
            let done = emit(&allocator, node, syntax, &set, |m| names.contains_key(m), Origin::Sdk(&file), &mut findings);
            let module = Module { name: name.clone(), code: done.code, map: done.map, source: None };
            modules.insert(name.clone(), SdkModule { module, imports: done.imports });
        }
        let errors: Vec<Diagnostic> = findings.arrange().into_iter().filter(Diagnostic::is_error).collect();
        if errors.is_empty() { Ok(Self { version, modules, exports }) } else { Err(BundleError { diagnostics: errors }) }
    }
}

/// Modules of the SDK while it is being built.
struct Set<'a> {
    nodes: BTreeMap<&'a str, Node<'a>>,
}

impl Set<'_> {
    /// Every name `module` exports, followed to its definition.
    fn table(&self, module: &str) -> BTreeMap<String, Found> {
        let mut names = BTreeSet::new();
        let mut queue = vec![module.to_owned()];
        let mut seen = BTreeSet::new();
        while let Some(name) = queue.pop() {
            if let Some(node) = self.nodes.get(name.as_str())
                && seen.insert(name)
            {
                names.extend(node.parsed.exports.named.keys().cloned());
                queue.extend(node.parsed.exports.stars.iter().filter_map(|&link| node.targets[link].clone()));
            }
        }
        names.into_iter().map(|name| (name.clone(), find(self, module, &name))).collect()
    }
}

impl Modules for Set<'_> {
    fn exports(&self, module: &str) -> Option<(&Exports, &[Option<String>])> {
        self.nodes.get(module).map(|node| (&node.parsed.exports, node.targets.as_slice()))
    }

    fn foreign(&self, module: &str, name: &str) -> Found {
        match module {
            HOST => Found::Value { module: HOST.to_owned(), name: name.to_owned() },
            _ => Found::Missing,
        }
    }
}

/// `trigger.ts` → `@millrace/sdk/trigger`; `index.ts` → `@millrace/sdk`.
fn module_name(path: &str) -> String {
    match path.trim_end_matches(".ts") {
        "index" => "@millrace/sdk".to_owned(),
        stem => format!("@millrace/sdk/{stem}"),
    }
}

/// The module that an SDK module means by a specifier.
fn target(tree: &SourceTree, from: &str, specifier: &str) -> Option<String> {
    if specifier == HOST { Some(HOST.to_owned()) } else { tree.resolve(from, specifier).map(|path| module_name(&path)) }
}
