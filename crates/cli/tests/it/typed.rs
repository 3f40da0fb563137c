//! Types: every project that `millrace init` writes and every example holds under `tsc --strict`, with nothing installed and no network.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::harness::binary;

const KINDS: [(&str, &[&str]); 7] = [
    ("basic", &[]), ("ai", &["--ai"]), ("private", &["--private"]), ("private-ai", &["--private", "--ai"]),
    ("webhook", &["--template", "webhook"]), ("schedule", &["--template", "schedule"]), ("approval", &["--template", "approval"]),
];

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// The pinned compiler's verdict about one program.
fn compile(folder: &Path, options: &Value, files: &[PathBuf]) -> String {
    let tsc = repository().join("sdk/node_modules/typescript/bin/tsc");
    assert!(tsc.exists(), "the pinned compiler is not installed: run scripts/sdk.sh once");
    let config = folder.join("all.json");
    std::fs::write(&config, json!({"compilerOptions": options, "files": files}).to_string()).unwrap();
    let output = Command::new("node").arg(tsc).arg("--project").arg(config).stdin(Stdio::null()).output().expect("node runs");
    String::from_utf8(output.stdout).unwrap()
}

/// TypeScript files below a folder; `millrace.d.ts` is named once for all.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            sources(&path, found);
        } else if name.ends_with(".ts") && !name.ends_with(".d.ts") {
            found.push(path);
        }
    }
}

#[test]
fn new_projects_and_examples_hold_under_strict() {
    let dir = tempfile::tempdir().unwrap();
    let mut files = Vec::new();
    let mut options = Value::Null;
    for (name, flags) in KINDS {
        let made = Command::new(binary()).current_dir(dir.path()).args(["init", name]).args(flags).stdin(Stdio::null()).output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let project = dir.path().join(name);
        let config: Value = serde_json::from_str(&std::fs::read_to_string(project.join("tsconfig.json")).unwrap()).unwrap();
        let own = &config["compilerOptions"];
        assert_eq!((&own["strict"], &own["lib"], &own["types"]), (&json!(true), &json!(["ES2023"]), &json!([])), "globals come from millrace.d.ts alone");
        options = own.clone();
        sources(&project, &mut files);
        let types = std::fs::read_to_string(project.join("millrace.d.ts")).unwrap();
        assert_eq!(types, std::fs::read_to_string(repository().join("sdk/millrace.d.ts")).unwrap());
    }
    assert_eq!(files.len(), 2 * KINDS.len(), "a workflow and a configuration each");
    sources(&repository().join("examples"), &mut files);
    files.push(dir.path().join("basic/millrace.d.ts"));
    // The types themselves are looked at, too.
    options["skipLibCheck"] = json!(false);
    assert_eq!(compile(dir.path(), &options, &files), "");

    // That this can fail: what is not there is no global, and a mistake is found.
    let mistake = dir.path().join("mistake.ts");
    std::fs::write(&mistake, "import { sleep } from '@millrace/sdk';\nwindow.alert(1);\nprocess.exit();\nawait sleep({});\n").unwrap();
    let said = compile(dir.path(), &options, &[mistake, dir.path().join("basic/millrace.d.ts")]);
    for part in ["mistake.ts(2,1)", "'window'", "mistake.ts(3,1)", "mistake.ts(4,13)"] {
        assert!(said.contains(part), "{part}: {said}");
    }
}
