//! The static rules: what can be said about a workflow without running it.
//!
//! Errors are certain: such a workflow cannot work, or gives a secret away. Everything that needs judgement is a warning,
//! and what is true of most good workflows is only information. A definition that is computed rather than written down is
//! left to the sandbox, which evaluates it at deploy time.

mod code;
mod cron;
mod definition;
mod rules;
mod secret;

use std::collections::BTreeSet;

use crate::diagnostic::{Diagnostic, Findings, Severity};
use crate::graph::Graph;
use crate::link::{Found, find};
use crate::specifier::{Specifier, classify};

/// Model providers that a workflow needs its own key for.
const EXTERNAL_AI_HOSTS: [&str; 8] = [
    "api.openai.com", "api.anthropic.com", "generativelanguage.googleapis.com", "api.cohere.ai", "api.cohere.com",
    "api.mistral.ai", "api.groq.com", "openrouter.ai",
];

/// Checks the workflow whose module is `entry`.
pub(crate) fn check(graph: &Graph<'_>, entry: &str, findings: &mut Findings) {
    let Some(node) = graph.nodes.get(entry) else { return };
    let text = &node.parsed.text;
    if matches!(find(graph, entry, "default"), Found::Missing | Found::Type) {
        findings.push(no_workflow(text.error("NO_WORKFLOW_EXPORT", 0, "The module has no default export.")));
    }
    sdk_import(graph, entry, findings);
    let mut facts = code::Facts::default();
    for node in graph.nodes.values() {
        if let Some(tree) = &node.parsed.tree {
            code::check(&node.parsed.text, tree, &mut facts, findings);
        }
    }
    facts.report(text, findings);
    external_ai(graph, entry, findings);
    if let Some(tree) = &node.parsed.tree {
        match definition::of(tree) {
            definition::Default::Object(object) => rules::check(text, &object, &tree.program, findings),
            definition::Default::NotAWorkflow(at) => {
                let message = "The default export is not a workflow definition.";
                findings.push(no_workflow(text.error("NO_WORKFLOW_EXPORT", at, message)));
            }
            definition::Default::Unknown => {}
        }
    }
}

/// Checks the project configuration.
pub(crate) fn check_config(graph: &Graph<'_>, entry: &str, findings: &mut Findings) {
    let Some(node) = graph.nodes.get(entry) else { return };
    if matches!(find(graph, entry, "default"), Found::Missing | Found::Type) {
        let error = node.parsed.text.error("NO_CONFIG_EXPORT", 0, "The configuration has no default export.");
        findings.push(error.suggest("Write `export default { visibility: 'private', … };`."));
    }
}

fn no_workflow(error: Diagnostic) -> Diagnostic {
    error.suggest("Write `export default defineWorkflow({ … });`.")
}

/// The import is a help for editors, nothing at run time: a definition without it works.
fn sdk_import(graph: &Graph<'_>, entry: &str, findings: &mut Findings) {
    let links = graph.nodes.values().flat_map(|node| &node.parsed.links);
    if !links.map(|link| classify(&link.specifier)).any(|kind| matches!(kind, Specifier::Sdk(_))) {
        let message = "Nothing is imported from `@millrace/sdk`.";
        let finding = Diagnostic::of_file("MISSING_SDK_IMPORT", Severity::Warning, entry, message);
        findings.push(finding.suggest("Import `defineWorkflow` and the trigger: inputs and context then have types."));
    }
}

fn external_ai(graph: &Graph<'_>, entry: &str, findings: &mut Findings) {
    let named: BTreeSet<&str> = graph.hosts.iter().map(String::as_str).filter(|h| EXTERNAL_AI_HOSTS.contains(h)).collect();
    for host in named {
        let message = format!("The workflow calls `{host}`, a model provider that needs a key of its own.");
        let finding = Diagnostic::of_file("EXTERNAL_AI_DETECTED", Severity::Warning, entry, message);
        findings.push(finding.suggest("Use `integrations.ai` or `createAIClient(env)`: the platform's model needs no key."));
    }
}
