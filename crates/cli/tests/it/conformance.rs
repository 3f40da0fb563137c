//! The conformance suite: small workflows, one for each rule of the SDK, played by `millrace test`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use millrace_cli::scenario::file::{self, Expect};
use serde_json::Value;
use tokio::process::Command;

use crate::harness::binary;

/// What the contract asks for at the least.
const RULES: usize = 40;

fn suite() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/conformance")
}

/// Plays every scenario below a folder; what `--json` prints.
async fn played(folder: &Path) -> Value {
    let done = Command::new(binary()).arg("test").arg(folder).arg("--json").env("NO_COLOR", "1").output().await.unwrap();
    let (out, err) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    let report: Value = serde_json::from_str(&out).unwrap_or_else(|e| panic!("{e}\n{out}\n{err}"));
    let failed: Vec<&Value> = report["scenarios"].as_array().unwrap().iter().filter(|one| one["passed"] != true).collect();
    assert!(failed.is_empty() && done.status.success(), "{failed:#?}\n{err}");
    report
}

/// The folders that hold a rule.
fn folders() -> BTreeSet<String> {
    let entries = std::fs::read_dir(suite()).unwrap().map(Result::unwrap).filter(|entry| entry.path().is_dir());
    entries.map(|entry| entry.file_name().into_string().unwrap()).collect()
}

#[tokio::test]
async fn every_rule_holds() {
    let report = played(&suite()).await;
    let files: Vec<&str> = report["scenarios"].as_array().unwrap().iter().map(|one| one["file"].as_str().unwrap()).collect();
    for folder in folders() {
        assert!(files.iter().any(|file| file.contains(&format!("/{folder}/scenarios/"))), "{folder} has a scenario");
    }
}

#[tokio::test]
async fn the_scenarios_of_the_complete_workflows_pass() {
    let report = played(&suite().join("../workflows")).await;
    assert!(report["scenarios"].as_array().unwrap().len() >= 20);
}

#[test]
fn the_table_of_rules_is_complete() {
    let folders = folders();
    assert!(folders.len() >= RULES, "{} rules", folders.len());
    let readme = std::fs::read_to_string(suite().join("README.md")).unwrap();
    let rows: BTreeSet<String> = readme.lines().filter_map(|line| line.strip_suffix(") |")?.rsplit_once("](")).map(|(_, folder)| folder.to_owned()).collect();
    assert_eq!(rows, folders);
}

/// Whether a step could disappoint it.
fn demands(expect: &Expect) -> bool {
    expect.result.is_some() || expect.error.is_some() || expect.runs.is_some() || expect.calls.is_some() || expect.response.is_some() || !expect.storage.is_empty()
}

#[test]
fn every_scenario_can_fail() {
    for folder in folders() {
        for entry in std::fs::read_dir(suite().join(&folder).join("scenarios")).unwrap() {
            let path = entry.unwrap().path();
            let scenario = file::read(&path).unwrap_or_else(|e| panic!("{e:?}"));
            assert!(scenario.refused.is_some() || scenario.steps.iter().filter_map(|step| step.expect.as_ref()).any(demands), "{} expects something", path.display());
        }
    }
}
