//! Bad input: a clear error each time, with a stable code, and nothing lost.

use std::time::{Duration, Instant};

use millrace_cli::demo::zoom;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::harness::{Database, Server, Setup, both, now_s, path_headers, send};

const GOOD: &str = "import { defineWorkflow, manual } from '@millrace/sdk';\nexport default defineWorkflow({ name: 'Good', version: '1.0.0', integrations: [], trigger: manual(), async execute() { return { ok: true }; } });\n";
const TYPED: &str = include_str!("workflows/typed.ts");
const HOOKED: &str = include_str!("workflows/hooked.ts");

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_source_that_cannot_be_deployed_is_explained_with_its_place() {
    let server = Setup::on(Database::Embedded).start().await;
    let cases = [
        ("syntax", "import { manual } from '@millrace/sdk';\nexport default {\n  trigger: manual(,\n};\n", "SYNTAX_ERROR", Some((3, 19))),
        ("no-export", "import { manual } from '@millrace/sdk';\nexport const x = manual();\n", "NO_WORKFLOW_EXPORT", None),
        ("node-module", "import fs from 'node:fs';\nimport { manual } from '@millrace/sdk';\nexport default { name: fs.x, trigger: manual(), async execute() {} };\n", "BLOCKED_NODE_MODULE", Some((1, 16))),
        ("npm-package", "import axios from 'axios';\nimport { manual } from '@millrace/sdk';\nexport default { name: axios, trigger: manual(), async execute() {} };\n", "INCOMPATIBLE_NPM_PACKAGE", Some((1, 19))),
        ("missing-file", "import { x } from './nowhere.js';\nimport { manual } from '@millrace/sdk';\nexport default { name: x, trigger: manual(), async execute() {} };\n", "UNRESOLVED_IMPORT", Some((1, 19))),
        ("no-execute", "import { manual } from '@millrace/sdk';\nexport default { name: 'x', trigger: manual() };\n", "MISSING_EXECUTE", None),
        ("no-trigger", "import { defineWorkflow } from '@millrace/sdk';\nexport default defineWorkflow({ name: 'x', async execute() {} } as any);\n", "MISSING_TRIGGER", None),
    ];
    for (name, source, code, place) in cases {
        let dir = server.folder(name, &[("workflow.ts", source)]);
        let refused = server.cli(&["deploy", &dir, "--json"]).await;
        assert_eq!(refused.code, 6, "{name}: {} {}", refused.stdout, refused.stderr);
        assert!(refused.stdout.is_empty(), "{name}: nothing on standard output");
        let error = refused.error();
        let finding = error["errors"].as_array().unwrap().iter().find(|e| e["code"] == code).unwrap_or_else(|| panic!("{name}: {error:#}"));
        if let Some((line, column)) = place {
            assert_eq!((finding["file"].as_str(), finding["line"].as_u64(), finding["column"].as_u64()), (Some("workflow.ts"), Some(line), Some(column)), "{name}: {finding}");
            let text = server.cli(&["deploy", &dir]).await.stderr;
            let written = source.lines().nth(usize::try_from(line).unwrap() - 1).unwrap();
            assert!(text.contains(&format!("workflow.ts:{line}:{column}")) && text.contains(written) && text.contains('^'), "{name}: {text}");
        }
    }
    let all = server.cli_json(&["workflows", "list"]).await;
    assert_eq!(all["data"], json!([]), "nothing half-deployed is left");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bundle_of_ten_megabytes_is_refused() {
    let server = Setup::on(Database::Embedded).start().await;
    let source = format!("{GOOD}// {}\n", "x".repeat(10_100_000));
    let dir = server.folder("large", &[("workflow.ts", &source)]);
    let refused = server.cli(&["deploy", &dir, "--json"]).await;
    assert_eq!((refused.code, refused.error()["code"].as_str()), (6, Some("BUNDLE_TOO_LARGE")), "{}", refused.stderr);
    let (status, answer) = server.api("POST", "/api/developer/workflows", Some(json!({"files": {"workflow.ts": source}}))).await;
    assert_eq!((status, answer["code"].as_str()), (413, Some("BUNDLE_TOO_LARGE")));
    let huge = server.folder("huge", &[("workflow.ts", GOOD), ("data.ts", &"x".repeat(12_000_000))]);
    let refused = server.cli(&["deploy", &huge, "--json"]).await;
    assert_eq!((refused.code, refused.error()["code"].as_str()), (2, Some("SOURCE_TOO_LARGE")));
    server.ok("GET", "/api/health", None).await;
}

both! {
    async fn a_wrong_configuration_names_each_field(db: Database) {
        let server = Setup::on(db).start().await;
        let deployed = server.ok("POST", "/api/developer/workflows", Some(json!({"files": {"workflow.ts": TYPED}}))).await;
        let workflow = deployed["workflow_id"].as_str().unwrap();
        let config = server.file("bad.json", &json!({"count": "three", "colour": "mauve"}));
        let refused = server.cli(&["install", workflow, "--config", &config, "--activate", "--json"]).await;
        assert_eq!(refused.code, 6, "{}", refused.stderr);
        let error = refused.error();
        let fields: Vec<&str> = error["errors"].as_array().unwrap().iter().map(|e| e["field"].as_str().unwrap()).collect();
        for field in ["count", "colour", "endpoint"] {
            assert!(fields.iter().any(|f| f.ends_with(field)), "{field} is named: {error:#}");
        }
        let config = server.file("extra.json", &json!({"count": 3, "endpoint": "https://x.example/", "surprise": 1}));
        let unknown = server.cli(&["install", workflow, "--config", &config, "--json"]).await.error();
        assert!(unknown["errors"][0]["field"].as_str().unwrap().ends_with("surprise"), "{unknown:#}");
        let good = server.file("good.json", &json!({"count": 3, "colour": "red", "endpoint": "https://x.example/"}));
        let unconnected = server.cli(&["install", workflow, "--config", &good, "--activate", "--json"]).await;
        assert_eq!((unconnected.code, unconnected.error()["code"].as_str()), (7, Some("CONNECTION_MISSING")), "{}", unconnected.stderr);
        assert!(unconnected.stderr.contains("zoom"));
        assert_eq!(server.ok("GET", "/api/installations", None).await["data"], json!([]), "nothing half-installed is left");
    }
}

/// An installation with a signed path webhook: address and secret.
async fn hooked(server: &Server) -> (String, String) {
    let installed = server.install(HOOKED, json!({}), json!({})).await;
    let webhook = &installed["webhooks"][0];
    (webhook["url"].as_str().unwrap().to_owned(), webhook["signing_secret"].as_str().unwrap().to_owned())
}

async fn run_count(server: &Server) -> usize {
    server.ok("GET", "/api/runs", None).await["data"].as_array().unwrap().len()
}

both! {
    async fn an_unsigned_or_stale_delivery_starts_nothing(db: Database) {
        let server = Setup::on(db).start().await;
        let (url, secret) = hooked(&server).await;
        let body = json!({"event": "order.created", "n": 1}).to_string();
        let unsigned = vec![("content-type".to_owned(), "application/json".to_owned())];
        for headers in [unsigned, path_headers("another secret", &body, "d-1"), path_headers(&secret, "another body", "d-1")] {
            let (status, answer) = send(&url, &body, &headers).await;
            assert_eq!(status, 401, "{answer}");
            assert!(answer["code"].is_string());
        }
        let zoom_flow = "import { defineWorkflow, webhook } from '@millrace/sdk';\nexport default defineWorkflow({ name: 'Z', version: '1.0.0', integrations: ['zoom'], trigger: webhook({ service: 'zoom', event: 'meeting.ended' }), async execute() { return {}; } });";
        let installed = server.install(zoom_flow, json!({}), json!({"zoom": {"access_token": "t"}})).await;
        let (url, secret) = (installed["webhooks"][0]["url"].as_str().unwrap(), installed["webhooks"][0]["signing_secret"].as_str().unwrap());
        let body = zoom::meeting_ended(zoom::MEETING, 1).to_string();
        for age in [-3_600, 3_600] {
            let (status, answer) = send(url, &body, &zoom::signed_headers(secret, now_s() + age, &body, "old")).await;
            assert_eq!(status, 401, "a delivery signed {age} s away: {answer}");
        }
        assert_eq!(run_count(&server).await, 0);
    }

    async fn r08_a_replayed_delivery_is_the_same_run(db: Database) {
        let mut server = Setup::on(db).start().await;
        let (url, secret) = hooked(&server).await;
        let body = json!({"event": "order.created", "n": 1}).to_string();
        let headers = path_headers(&secret, &body, "delivery-7");
        let (status, first) = send(&url, &body, &headers).await;
        assert_eq!((status, first["duplicate"].as_bool()), (202, Some(false)), "{first}");
        for restart in [false, true] {
            if restart {
                server.kill9().await;
                server.restart().await;
            }
            let (status, again) = send(&url, &body, &headers).await;
            assert_eq!((status, &again["run_id"], again["duplicate"].as_bool()), (202, &first["run_id"], Some(true)));
        }
        let ended = server.completed(first["run_id"].as_str().unwrap()).await;
        assert_eq!(ended["output"], json!({"event": "order.created", "n": 1}));
        assert_eq!(run_count(&server).await, 1);
        // The same at the same time: still one run.
        let headers = path_headers(&secret, &body, "delivery-8");
        let all = futures::future::join_all((0..8).map(|_| send(&url, &body, &headers))).await;
        assert!(all.iter().all(|(status, answer)| *status == 202 && answer["run_id"] == all[0].1["run_id"]), "{all:?}");
        assert_eq!(run_count(&server).await, 2);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn large_slow_and_malformed_bodies_are_refused() {
    let server = Setup::on(Database::Embedded).env("MILLRACE_MAX_WEBHOOK_BODY", "4096").env("MILLRACE_BODY_TIMEOUT_MS", "500").env("MILLRACE_HEADER_TIMEOUT_MS", "500").start().await;
    let (url, secret) = hooked(&server).await;
    let large = json!({"event": "order.created", "pad": "x".repeat(5_000)}).to_string();
    let (status, answer) = send(&url, &large, &path_headers(&secret, &large, "large")).await;
    assert_eq!((status, answer["code"].as_str()), (413, Some("BODY_TOO_LARGE")), "{answer}");
    let broken = "{\"event\": ";
    let (status, answer) = send(&url, broken, &path_headers(&secret, broken, "broken")).await;
    assert_eq!(status, 400, "{answer}");

    let path = url.strip_prefix(&server.url()).unwrap();
    let host = server.url().trim_start_matches("http://").to_owned();
    for opening in [format!("POST {path} HTTP/1.1\r\nhost: {host}\r\ncontent-length: 100\r\n\r\n{{"), format!("POST {path} HTTP/1.1\r\nhost: {host}\r\nx-slow: ")] {
        let since = Instant::now();
        let mut connection = tokio::net::TcpStream::connect(&host).await.unwrap();
        connection.write_all(opening.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        tokio::time::timeout(Duration::from_secs(10), connection.read_to_end(&mut answer)).await.expect("a slow sender is sent away").ok();
        let answer = String::from_utf8_lossy(&answer).into_owned();
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 408"), "{answer}");
        assert!(since.elapsed() < Duration::from_secs(5));
    }
    assert_eq!(run_count(&server).await, 0);
    let body = json!({"event": "order.created", "n": 1}).to_string();
    let (status, accepted) = send(&url, &body, &path_headers(&secret, &body, "good")).await;
    assert_eq!(status, 202, "{accepted}");
    server.completed(accepted["run_id"].as_str().unwrap()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_that_make_no_sense_are_explained() {
    let server = Setup::on(Database::Embedded).start().await;
    let installation = server.install(GOOD, json!({}), json!({})).await;
    let trigger = format!("/api/installations/{}/trigger", installation["id"].as_str().unwrap());
    let cases: [(&str, &str, Option<Value>, u16); 7] = [
        ("POST", &trigger, Some(json!({"data": {}, "surprise": 1})), 400),
        ("POST", "/api/developer/workflows", Some(json!({"files": "text"})), 400),
        ("GET", "/api/runs/run_00000000000000000000000000", None, 404),
        ("GET", "/api/runs/inst_00000000000000000000000000", None, 404),
        ("GET", "/api/runs?status=asleep", None, 400),
        ("GET", "/api/nowhere", None, 404),
        ("DELETE", "/api/runs", None, 405),
    ];
    for (method, path, body, expected) in cases {
        let (status, answer) = server.api(method, path, body).await;
        assert_eq!(status, expected, "{method} {path}: {answer}");
        for key in ["type", "title", "status", "detail", "code", "request_id"] {
            assert!(!answer[key].is_null(), "{method} {path} has {key}: {answer}");
        }
    }
}
