//! The modules reachable from the entry, parsed and connected.

use std::collections::{BTreeMap, BTreeSet};

use oxc_allocator::Allocator;

use crate::diagnostic::{Diagnostic, Findings, Severity};
use crate::limits::{MAX_HOSTS, MAX_MODULES, MAX_SOURCE_BYTES};
use crate::link::{Exports, Found, Link, Modules, Usage, find};
use crate::parse::{Parsed, Text, parse, source_type};
use crate::sdk::Sdk;
use crate::specifier::{Specifier, classify, instead_of, instead_of_node};
use crate::tree::SourceTree;
use crate::{hosts, refuse};

/// A parsed module and where each of its links leads.
pub(crate) struct Node<'a> {
    pub parsed: Parsed<'a>,
    /// One per link; `None` for a link that leads nowhere or vanishes.
    pub targets: Vec<Option<String>>,
}

/// The author's modules.
pub(crate) struct Graph<'a> {
    pub nodes: BTreeMap<&'a str, Node<'a>>,
    /// Hosts named in them.
    pub hosts: BTreeSet<String>,
    sdk: &'a Sdk,
}

impl Modules for Graph<'_> {
    fn exports(&self, module: &str) -> Option<(&Exports, &[Option<String>])> {
        self.nodes.get(module).map(|node| (&node.parsed.exports, node.targets.as_slice()))
    }

    fn foreign(&self, module: &str, name: &str) -> Found {
        if self.sdk.knows(module) {
            return self.sdk.find(module, name);
        }
        // A module that could not be parsed has its own diagnostic.
        Found::Type
    }
}

impl<'a> Graph<'a> {
    /// Reads everything `entry` reaches. Problems go to `findings`; what can be read is read nevertheless.
    pub(crate) fn load(
        allocator: &'a Allocator,
        tree: &'a SourceTree,
        sdk: &'a Sdk,
        entry: &str,
        findings: &mut Findings,
    ) -> Self {
        let mut graph = Self { nodes: BTreeMap::new(), hosts: BTreeSet::new(), sdk };
        let mut seen = BTreeSet::new();
        let mut queue = vec![entry.to_owned()];
        let (mut bytes, mut work) = (0, 0);
        while let Some(path) = queue.pop() {
            let Some((name, source)) = tree.files.get_key_value(&path) else { continue };
            if !seen.insert(path) {
                continue;
            }
            bytes += source.len();
            if let Some(refusal) = too_much(name, bytes, seen.len()) {
                findings.push(refusal);
                break;
            }
            let Some(parsed) = parse(allocator, name, source, &mut work, findings) else { continue };
            if let Some(syntax) = &parsed.tree {
                refuse::refuse(&parsed.text, syntax, findings);
                hosts::collect(&syntax.program, MAX_HOSTS, &mut graph.hosts);
            }
            let resolver = Resolver { tree, sdk, text: &parsed.text };
            let targets: Vec<_> = parsed.links.iter().map(|link| resolver.resolve(link, findings)).collect();
            queue.extend(targets.iter().flatten().filter(|target| tree.files.contains_key(*target)).cloned());
            graph.nodes.insert(name, Node { parsed, targets });
        }
        graph.check_names(findings);
        graph
    }

    /// Reports names that are imported and that their module does not export.
    fn check_names(&self, findings: &mut Findings) {
        for node in self.nodes.values() {
            for (link, target) in node.parsed.links.iter().zip(&node.targets) {
                let Some(target) = target else { continue };
                for taken in link.names.iter().filter(|taken| taken.usage != Usage::Type) {
                    if find(self, target, &taken.imported) == Found::Missing {
                        findings.push(self.missing(&node.parsed.text, link, target, &taken.imported, taken.at));
                    }
                }
            }
        }
    }

    fn missing(&self, text: &Text<'_>, link: &Link, target: &str, name: &str, at: u32) -> Diagnostic {
        if name == "z" && self.sdk.knows(target) {
            return zod(text, at);
        }
        let what = if name == "default" { "has no default export".to_owned() } else { format!("does not export `{name}`") };
        let diagnostic = text.error("MISSING_EXPORT", at, format!("`{}` {what}.", link.specifier));
        let names: Vec<&str> = match self.nodes.get(target) {
            Some(node) => node.parsed.exports.named.keys().map(String::as_str).collect(),
            None => self.sdk.names(target),
        };
        let folded = |name: &str| name.to_ascii_lowercase().replace('_', "");
        match names.iter().find(|known| folded(known) == folded(name)) {
            Some(near) => diagnostic.suggest(format!("Did you mean `{near}`?")),
            None if name == "default" => diagnostic.suggest("Import the names you need: `import { … } from '…'`."),
            None => diagnostic,
        }
    }
}

fn too_much(name: &str, bytes: usize, modules: usize) -> Option<Diagnostic> {
    let refusal = |message: String| Some(Diagnostic::of_file("BUNDLE_TOO_LARGE", Severity::Error, name, message));
    if bytes > MAX_SOURCE_BYTES {
        let limit = MAX_SOURCE_BYTES / 1_000_000;
        return refusal(format!("The workflow's modules are larger than {limit} MB together."))
            .map(|d| d.suggest("Keep data out of the code: put it into storage, or fetch it."));
    }
    if modules > MAX_MODULES {
        return refusal(format!("The workflow has more than {MAX_MODULES} modules."))
            .map(|d| d.suggest("Import only what the workflow needs; packages cannot be pasted in."));
    }
    None
}

fn zod(text: &Text<'_>, at: u32) -> Diagnostic {
    text.error("ZOD_NOT_SUPPORTED", at, "zod is not available in the sandbox.")
        .suggest("Describe inputs with the inputs block; check other values with plain code.")
}

/// Finds the modules that one module's links mean.
struct Resolver<'r, 'a> {
    tree: &'a SourceTree,
    sdk: &'a Sdk,
    text: &'r Text<'a>,
}

impl Resolver<'_, '_> {
    fn resolve(&self, link: &Link, findings: &mut Findings) -> Option<String> {
        if link.is_type_only() {
            return None;
        }
        let found = match classify(&link.specifier) {
            Specifier::Relative => self.relative(link, findings.wants("UNRESOLVED_IMPORT")),
            Specifier::Sdk(module) => self.sdk_module(link, module),
            Specifier::Zod => Err(zod(self.text, link.at)),
            other => Err(self.outside(link, &other)),
        };
        match found {
            // An unused import vanishes: its module is neither read nor part of the bundle.
            Ok(module) => (link.is_live() || self.sdk.knows(&module)).then_some(module),
            Err(diagnostic) => {
                findings.push(diagnostic);
                None
            }
        }
    }

    fn relative(&self, link: &Link, search: bool) -> Result<String, Diagnostic> {
        let specifier = &link.specifier;
        match self.tree.resolve(self.text.name, specifier) {
            Some(path) if path.ends_with(".json") => Err(self
                .text
                .error("JSON_IMPORT", link.at, format!("`{specifier}`: JSON files cannot be imported."))
                .suggest("Keep the data in a TypeScript module: `export const data = { … } as const`.")),
            Some(path) if source_type(&path).is_none() => Err(self
                .text
                .error("UNRESOLVED_IMPORT", link.at, format!("`{specifier}` is a declaration file: it holds no code."))
                .suggest("Write `import type`.")),
            Some(path) => Ok(path),
            None => {
                let diagnostic = self.text.error("UNRESOLVED_IMPORT", link.at, format!("There is no file for `{specifier}`."));
                Err(match search.then(|| self.tree.near(self.text.name, specifier)).flatten() {
                    Some(near) => diagnostic.suggest(format!("Did you mean the file `{near}`?")),
                    None => diagnostic.suggest("Check the path; files outside the deployed directory are not included."),
                })
            }
        }
    }

    fn sdk_module(&self, link: &Link, module: String) -> Result<String, Diagnostic> {
        if self.sdk.knows(&module) && !self.sdk.is_internal(&module) {
            return Ok(module);
        }
        let message = format!("The SDK has no module `{}`.", link.specifier);
        let diagnostic = self.text.error("UNRESOLVED_IMPORT", link.at, message);
        Err(diagnostic.suggest("Import from `@millrace/sdk`; every name is exported there."))
    }

    fn outside(&self, link: &Link, kind: &Specifier<'_>) -> Diagnostic {
        let specifier = &link.specifier;
        let error = |code: &str, message: String| self.text.error(code, link.at, message);
        match kind {
            Specifier::Host => error("BLOCKED_HOST_MODULE", format!("`{specifier}` is the host's own module."))
                .suggest("Use the functions of `@millrace/sdk`."),
            Specifier::Node(module) => {
                error("BLOCKED_NODE_MODULE", format!("The Node.js module `{specifier}` does not exist in the sandbox."))
                    .suggest(instead_of_node(module))
            }
            Specifier::Url => error("URL_IMPORT", format!("`{specifier}`: code cannot be imported from a URL."))
                .suggest("Copy the code into the project."),
            Specifier::Package(package) => {
                let message = format!("The npm package `{package}` cannot run in the sandbox.");
                error("INCOMPATIBLE_NPM_PACKAGE", message).suggest(self.package_advice(specifier, package))
            }
            _ => error("UNRESOLVED_IMPORT", format!("`{specifier}` names no module."))
                .suggest("Relative imports start with `./` or `../`."),
        }
    }

    fn package_advice(&self, specifier: &str, package: &str) -> String {
        if let Some(advice) = instead_of(package) {
            return advice.to_owned();
        }
        match self.tree.resolve("", specifier).or_else(|| self.tree.resolve(self.text.name, specifier)) {
            Some(path) => format!("For the file `{path}` write a relative path that starts with `./` or `../`."),
            None => "Copy the few lines you need into the project; only relative imports and @millrace/sdk are bundled.".to_owned(),
        }
    }
}

