//! Imports documents and plays their generated contract tests: the Rust half of `make import-report`.
//!
//! `import_report LIST OUT`: LIST names one document a line (`service<TAB>file`); for each, a connector directory and
//! `user.ts`, which calls every operation with its fixture's arguments, are written to OUT, and one line of JSON to
//! standard output.
#![allow(clippy::unwrap_used)]

use std::fmt::Write as _;
use std::path::Path;
use std::time::Instant;

use millrace_connector::contract::check_dir;
use millrace_openapi::{Imported, Options, import};
use serde_json::{Value, json};

/// Calls in one `user.ts`; a type checker takes minutes over thousands of large literals.
const CALLS: usize = 150;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [list, out] = args.as_slice() else { panic!("import_report LIST OUT") };
    for line in std::fs::read_to_string(list).unwrap().lines().filter(|line| !line.trim().is_empty()) {
        let (service, file) = line.split_once('\t').expect("service<TAB>file");
        println!("{}", one(service, Path::new(file), Path::new(out)).await);
    }
}

async fn one(service: &str, file: &Path, out: &Path) -> Value {
    let text = std::fs::read_to_string(file).unwrap();
    let begun = Instant::now();
    let options = Options { service: service.to_owned(), ..Options::default() };
    let base = json!({"service": service, "bytes": text.len()});
    let mut outcome = import(&text, &options);
    let mut without_server = false;
    if outcome.as_ref().is_err_and(|e| e.code == "SERVER_MISSING") {
        without_server = true;
        outcome = import(&text, &Options { base_url: Some("https://api.example.com".to_owned()), ..options });
    }
    let took = begun.elapsed().as_millis() as u64;
    let imported = match outcome {
        Ok(imported) => imported,
        Err(error) => return merged(base, json!({"error": error.code, "message": error.message, "ms": took})),
    };
    let dir = out.join(service);
    write(&dir, service, &imported);
    let checked = check_dir(&dir).await.unwrap().remove(0);
    let report = &imported.report;
    merged(base, json!({
        "ms": took, "without_server": without_server, "operations": report.operations, "imported": report.imported,
        "skipped": report.skipped_by_kind(), "lists": report.lists, "pagination": report.pagination, "types": report.types,
        "auth": report.auth, "notes": report.notes.len(), "fixtures": checked.fixtures, "wrong": checked.wrong.len(), "without_fixture": checked.without_fixture.len(),
        "first_wrong": checked.wrong.iter().take(3).map(|w| format!("{}: {}", w.fixture, w.difference)).collect::<Vec<_>>(),
        "yaml_bytes": imported.connector.len(), "types_bytes": imported.types.len(),
    }))
}

fn merged(mut a: Value, b: Value) -> Value {
    a.as_object_mut().unwrap().extend(b.as_object().unwrap().clone());
    a
}

fn write(dir: &Path, service: &str, imported: &Imported) {
    std::fs::create_dir_all(dir.join("fixtures")).unwrap();
    std::fs::write(dir.join("connector.yaml"), &imported.connector).unwrap();
    std::fs::write(dir.join(format!("{service}.d.ts")), &imported.types).unwrap();
    let mut user = format!("import './{service}.d.ts';\nimport {{ defineWorkflow, manual }} from '@millrace/sdk';\n\nexport default defineWorkflow({{\n  name: 'User',\n  integrations: ['{service}'],\n  trigger: manual(),\n  async execute({{ integrations }}) {{\n    const client = integrations['{service}'];\n");
    for (i, (name, text)) in imported.fixtures.iter().enumerate() {
        std::fs::write(dir.join("fixtures").join(name), text).unwrap();
        if i < CALLS {
            let fixture: Value = serde_json::from_str(text).unwrap();
            let args = fixture["args"].get(0).map(Value::to_string).unwrap_or_default();
            writeln!(user, "    const r{i} = await client.{}({args});\n    if (r{i}.success) void r{i}.data;", name.trim_end_matches(".json")).unwrap();
        }
    }
    user.push_str("    return { success: true };\n  },\n});\n");
    std::fs::write(dir.join("user.ts"), user).unwrap();
}
