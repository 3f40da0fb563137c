//! Plans of PostgreSQL behind row-level security: what is asked often still finds its rows by an index.

#![allow(clippy::unwrap_used)]

use millrace_db::testing::postgres;
use millrace_db::{Dialect, Query, Sql, Tx, Value, sql};
use serde_json::json;

use crate::{claim, journal, logs, retention, run, schedule, store, timers, waits};

/// Three tenants; thirty thousand runs, a tenth of them queued; as many schedules, waits and deliveries.
const FILL: &str = "\
    INSERT INTO runs (id, tenant_id, kind, subject, program, trigger, state, priority, epoch, node_id, attempt, crashes, generation, due_at, seed, input, created_at, finished_at) \
      SELECT 'run_' || lpad(n::text, 8, '0'), 'org_' || n % 3, 'workflow', 'inst_' || n % 50, 'p', '{}', CASE WHEN n % 10 = 0 THEN 'queued' ELSE 'completed' END, 5, 1, NULL, 1, 0, 0, n, 's', '{}', n, \
        CASE WHEN n % 10 = 0 THEN NULL ELSE n END FROM generate_series(1, 30000) AS n; \
    INSERT INTO journal (run_id, generation, pos, seq, kind, args_hash, args, ok, outcome, started_at, finished_at) \
      SELECT 'run_' || lpad(n::text, 8, '0'), 0, 0, 0, 'fetch', 'h', '{}', true, '{}', 1, 2 FROM generate_series(1, 30000) AS n; \
    INSERT INTO run_logs (run_id, n, level, at, message) SELECT 'run_' || lpad(n::text, 8, '0'), 1, 'info', 1, 'm' FROM generate_series(1, 30000) AS n; \
    INSERT INTO waits (run_id, generation, seq, tenant_id, kind, args_hash, args, key, due_at, created_at) \
      SELECT 'run_' || lpad(n::text, 8, '0'), 0, 0, 'org_' || n % 3, 'event', 'h', '{}', 'k' || n, n, 1 FROM generate_series(1, 30000) AS n; \
    INSERT INTO inbox (run_id, generation, seq, ok, outcome, at) SELECT 'run_' || lpad(n::text, 8, '0'), 0, 0, true, '{}', 1 FROM generate_series(1, 30000) AS n; \
    INSERT INTO deliveries (trigger, delivery_id, run_id, expires_at) SELECT 't' || n % 9, 'd' || n, 'run_' || lpad(n::text, 8, '0'), n FROM generate_series(1, 30000) AS n; \
    INSERT INTO schedules (id, tenant_id, subject, cron, timezone, catch_up, next_at, spread_us) SELECT 'trig_' || n, 'org_' || n % 3, 'inst_' || n % 50, '* * * * *', 'UTC', 'skip', n * 1000, n % 500 FROM generate_series(1, 30000) AS n; \
    ANALYZE";

async fn plan(tx: &mut Tx, statement: impl Into<Sql>, values: &[Value]) -> String {
    let text: &'static str = Box::leak(format!("EXPLAIN {}", statement.into().text(Dialect::Postgres)).into_boxed_str());
    let query: Query = values.iter().fold(sql(text), |query, value| query.bind(value.clone()));
    let lines = tx.all(query).await.unwrap();
    lines.iter().map(|row| row.get::<String>("QUERY PLAN").unwrap()).collect::<Vec<_>>().join("\n")
}

fn is_found_by_an_index(plan: &str) {
    println!("{plan}\n");
    let scanned = plan.lines().filter(|line| line.contains("Seq Scan on"));
    let large: Vec<&str> = scanned.filter(|line| ["runs", "journal", "run_logs", "waits", "inbox", "deliveries", "schedules"].iter().any(|table| line.contains(&format!(" {table}")))).collect();
    assert!(large.is_empty(), "{plan}");
    assert!(plan.contains("Index"), "{plan}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_are_found_by_an_index_behind_row_level_security() {
    let db = postgres().await;
    let mut tx = db.begin().await.unwrap();
    assert!(tx.row_security().await.unwrap().unwrap().is_on());
    tx.script(FILL).await.unwrap();
    tx.commit().await.unwrap();
    let text = |text: &str| Value::from(text);
    let n = |n: i64| Value::from(n);
    let run = || text("run_00000500");
    let ids = || text(r#"["run_00000500","run_00000600"]"#);
    let taken = text(&json!([{"run_id": "run_00000500", "generation": 0, "seq": 1}]).to_string());
    let updates = text(&json!([{"id": "run_00000500", "state": "completed"}]).to_string());

    let mut platform = db.read().await.unwrap();
    let asked: Vec<(Sql, Vec<Value>)> = vec![
        (store::FENCE, vec![ids()]),
        (store::UPDATE_RUNS, vec![updates]),
        (store::LOCK_RUN, vec![run()]),
        (store::JOURNALED.into(), vec![run(), n(0), n(0)]),
        (store::INBOX, vec![ids()]),
        (store::TAKEN[0], vec![taken.clone()]),
        (store::TAKEN[1], vec![taken]),
        (store::CHILDREN, vec![ids()]),
        (store::FIND_DELIVERY.into(), vec![text("t1"), text("d1")]),
        (claim::ANY.into(), vec![]),
        (claim::TENANTS.into(), vec![text(""), n(64)]),
        (claim::TAKE, vec![text("node_1"), n(100_000), text("org_1"), n(8)]),
        (schedule::DUE, vec![n(50_000), n(100)]),
        (waits::DUE.into(), vec![n(20), n(100)]),
        (timers::NEXT.into(), vec![]),
        (retention::OLD.into(), vec![n(100), n(50)]),
    ];
    for (statement, values) in asked {
        is_found_by_an_index(&plan(&mut platform, statement, &values).await);
    }
    let mut tenant = db.of("org_2").read().await.unwrap();
    let none = || Value::Text(None);
    let asked: Vec<(Sql, Vec<Value>)> = vec![
        (run::GET.into(), vec![text("org_2"), run()]),
        (run::LIST.into(), vec![text("org_2"), none(), none(), none(), Value::Int(None), Value::Int(None), none(), none(), none(), none(), n(50)]),
        (journal::PAGE.into(), vec![run(), n(0), n(-1), n(100)]),
        (journal::END.into(), vec![run(), n(0)]),
        (logs::AFTER.into(), vec![run(), n(0), n(100)]),
        (logs::LATEST.into(), vec![run(), n(100)]),
        (waits::BY_KEY.into(), vec![text("org_2"), text("event"), text("k500")]),
    ];
    for (statement, values) in asked {
        is_found_by_an_index(&plan(&mut tenant, statement, &values).await);
    }
}
