//! `docs/connectors.md` against the files.

use std::path::Path;

use millrace_connector::Registry;
use serde_json::Value;

fn repository() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The table as it must stand in the document.
fn table() -> String {
    let vectors: Value = serde_json::from_str(include_str!("../vectors/webhooks.json")).unwrap();
    let vectors = vectors["deliveries"].as_array().unwrap();
    let mut lines = vec![
        "| service | operations | names | fixtures | ways to sign in | webhook deliveries | webhook vectors |".to_owned(),
        "|---|---:|---:|---:|---|---:|---:|".to_owned(),
    ];
    let mut sums = [0; 5];
    for connector in Registry::builtin().unwrap().all() {
        let service = &connector.service;
        let fixtures = std::fs::read_dir(repository().join("connectors").join(service).join("fixtures")).unwrap().count();
        let deliveries = connector.webhook.as_ref().map_or(0, |webhook| webhook.deliveries.len());
        let signed = vectors.iter().filter(|vector| vector["service"] == service.as_str()).count();
        let counts = [connector.operations.len(), connector.operation_names().len(), fixtures, deliveries, signed];
        for (sum, count) in sums.iter_mut().zip(counts) {
            *sum += count;
        }
        let ways: Vec<&str> = connector.auth.iter().map(|auth| auth.kind.as_str()).collect();
        let [operations, names, fixtures, deliveries, signed] = counts;
        lines.push(format!("| {service} | {operations} | {names} | {fixtures} | {} | {deliveries} | {signed} |", ways.join(", ")));
    }
    let [operations, names, fixtures, deliveries, signed] = sums;
    lines.push(format!("| **together** | {operations} | {names} | {fixtures} | | {deliveries} | {signed} |"));
    lines.join("\n")
}

#[test]
fn the_documented_counts_are_those_of_the_files() {
    let path = repository().join("docs/connectors.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let table = table();
    if std::env::var_os("MILLRACE_UPDATE_CONNECTORS").is_some() {
        let begin = text.find("| service |").expect("the document has the table");
        let end = text[begin..].find("\n\n").map_or(text.len(), |at| begin + at);
        std::fs::write(&path, format!("{}{table}{}", &text[..begin], &text[end..])).unwrap();
        return;
    }
    assert!(text.contains(&table), "docs/connectors.md must hold (MILLRACE_UPDATE_CONNECTORS=1 writes it):\n{table}");
}
