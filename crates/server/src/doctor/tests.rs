//! Each fault that the doctor looks for is made on purpose and found.

#![allow(clippy::unwrap_used)]

use millrace_clock::Timestamp;
use millrace_db::{Db, Options, sql};

use super::{Level, Report, examine};
use crate::config::{Config, ServeOptions};

async fn look(dir: &std::path::Path, url: Option<&str>) -> Report {
    let options = ServeOptions { data: Some(dir.to_owned()), database_url: url.map(str::to_owned), listen: Some("127.0.0.1:0".to_owned()), ..ServeOptions::default() };
    let env = |name: &str| (name == "MILLRACE_SANDBOX").then(|| "inline".to_owned());
    let config = Config::from_parts(&options, env).unwrap();
    examine(Ok(&config)).await
}

fn worst(report: &Report, check: &str) -> Level {
    report.findings.iter().filter(|f| f.check == check).map(|f| f.level).max().unwrap_or(Level::Ok)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn faults_are_found_and_named() {
    for postgres in [false, true] {
        let dir = tempfile::tempdir().unwrap();
        // A server of its own: the one that tests share does not flush, which the doctor would say.
        let server = postgres.then(millrace_db::testing::PostgresServer::start);
        let url = server.as_ref().map(|server| server.url("postgres"));
        let text = url.clone().unwrap_or_else(|| format!("sqlite://{}", dir.path().join("millrace.db").display()));
        let db = Db::open(&text.parse().unwrap(), &Options::default()).await.unwrap();
        db.migrate(Timestamp::from_millis(0)).await.unwrap();
        let report = look(dir.path(), url.as_deref()).await;
        assert!(report.ok, "{report:#?}");
        assert_eq!(worst(&report, "runs"), Level::Ok);
        let mut tx = db.begin().await.unwrap();
        let run = "INSERT INTO runs (id, tenant_id, kind, subject, program, trigger, state, priority, epoch, node_id, attempt, crashes, generation, due_at, seed, input, created_at) \
            VALUES ('run_a', $1, 'workflow', 's', 'p', '{}', 'waiting', 0, 1, NULL, 1, 0, 0, 5, 'seed', $2, 1)";
        let tenant = millrace_ids::TenantId::generate();
        let input = format!("@20300101/{}", "ab".repeat(32));
        tx.execute(sql(run).bind(tenant.as_str()).bind(input)).await.unwrap();
        let entry = "INSERT INTO journal (run_id, generation, pos, seq, kind, args_hash, args, ok, outcome, started_at, finished_at) VALUES ('run_a', 0, 3, 0, 'fetch', 'h', '{}', $1, '{}', 1, 2)";
        tx.execute(sql(entry).bind(true)).await.unwrap();
        tx.execute(sql("INSERT INTO settings (name, value, created_at) VALUES ('derivation_key', 'v1:00000000:AAAA', 1)")).await.unwrap();
        tx.execute(sql("INSERT INTO schema_migrations (number, name, applied_at, compatible_from) VALUES (900, 'later', 1, 900)")).await.unwrap();
        tx.commit().await.unwrap();
        let report = look(dir.path(), url.as_deref()).await;
        assert!(!report.ok);
        for check in ["runs", "payloads", "keys", "schema"] {
            assert_eq!(worst(&report, check), Level::Failure, "{check}: {report:#?}");
        }
        let failures = report.findings.iter().filter(|f| f.level == Level::Failure);
        assert!(failures.clone().count() >= 5 && failures.clone().all(|f| !f.fix.is_empty()), "a gap, a wait for nothing, a payload, the key, the schema");
    }
}

#[tokio::test]
async fn a_configuration_that_cannot_be_used_is_the_first_finding() {
    let options = ServeOptions { production: true, ..ServeOptions::default() };
    let errors = Config::from_parts(&options, |_| None).unwrap_err();
    let report = examine(Err(&errors)).await;
    assert!(!report.ok && report.findings.iter().any(|f| f.found.contains("MILLRACE_PUBLIC_URL")), "{report:#?}");
}
