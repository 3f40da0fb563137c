//! Every operation of every connector against its recorded shapes; `millrace_connector::contract` has the format.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use millrace_connector::Registry;
use millrace_connector::contract::check_dir;
use serde_json::json;

fn connectors() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../connectors")
}

/// Operation, variant and text of every fixture of a service.
fn fixtures_of(service: &str) -> Vec<(String, PathBuf)> {
    let dir = connectors().join(service).join("fixtures");
    let mut files: Vec<PathBuf> = std::fs::read_dir(&dir)
        .unwrap_or_else(|e| panic!("{}: {e}", dir.display()))
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    files
        .into_iter()
        .map(|file| {
            let stem = file.file_name().unwrap().to_str().unwrap().strip_suffix(".json").expect("a .json file").to_owned();
            (stem.split('@').next().unwrap().to_owned(), file)
        })
        .collect()
}

#[test]
fn every_operation_has_a_fixture() {
    let registry = Registry::builtin().unwrap();
    let mut missing = Vec::new();
    for connector in registry.all() {
        let covered: BTreeSet<String> = fixtures_of(&connector.service).into_iter().map(|(name, _)| name).collect();
        for name in connector.operations.keys().filter(|name| !covered.contains(*name)) {
            missing.push(format!("{} {name}", connector.service));
        }
        for name in covered.iter().filter(|name| !connector.operations.contains_key(*name)) {
            missing.push(format!("{} has a fixture for `{name}`, which is no canonical operation", connector.service));
        }
    }
    assert!(missing.is_empty(), "operations without a fixture: {missing:#?}");
    assert_eq!(registry.all().count(), 25);
}

#[tokio::test]
async fn every_fixture_holds() {
    let checked = check_dir(&connectors()).await.unwrap();
    let mut wrong = Vec::new();
    for service in &checked {
        wrong.extend(service.wrong.iter().map(|w| format!("{} {}: {}", service.service, w.fixture, w.difference)));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    let ran: usize = checked.iter().map(|service| service.fixtures).sum();
    assert!(ran > 220, "only {ran} fixtures were found");
}

#[tokio::test]
async fn a_fixture_that_does_not_hold_is_reported_with_what_differs() {
    let dir = tempfile::tempdir().unwrap();
    let own = dir.path().join("lab");
    std::fs::create_dir_all(own.join("fixtures")).unwrap();
    std::fs::write(own.join("connector.yaml"), crate::support::LAB).unwrap();
    let fixture = |path: &str| {
        json!({
            "connection": {"api_key": "key-0123456789", "site": "s"}, "args": [],
            "request": {"method": "GET", "path": path, "query": {"site": "s"}, "headers": {"authorization": null}},
            "response": {"status": 200, "body": {"id": 1}},
            "result": {"success": true, "schema": "lab.read.v1", "data": {"id": 1}},
        })
        .to_string()
    };
    std::fs::write(own.join("fixtures/read.json"), fixture("/s/api/read")).unwrap();
    std::fs::write(own.join("fixtures/read@wrong.json"), fixture("/s/api/other")).unwrap();
    std::fs::write(own.join("fixtures/unknown.json"), fixture("/s/api/read")).unwrap();
    for path in [dir.path(), own.as_path()] {
        let checked = check_dir(path).await.unwrap();
        let found: Vec<&str> = checked[0].wrong.iter().map(|wrong| wrong.fixture.as_str()).collect();
        assert_eq!(found, ["read@wrong.json", "unknown.json"]);
        assert!(checked[0].wrong[0].difference.contains("/s/api/other"), "{:?}", checked[0].wrong[0]);
        assert_eq!(checked[0].fixtures, 3);
        assert!(checked[0].without_fixture.iter().all(|name| name != "read") && !checked[0].without_fixture.is_empty());
    }
}
