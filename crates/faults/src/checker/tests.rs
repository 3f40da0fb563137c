//! The judge is tried with what it must notice: a sound run first, then one crime each.
#![allow(clippy::unwrap_used)]

use millrace_clock::Timestamp;
use millrace_db::testing::{TestDb, sqlite};
use millrace_db::{Db, sql};
use serde_json::json;

use super::check;
use crate::errand::{Errand, Op};
use crate::ledger::Ledger;
use crate::report::Report;
use crate::sink::Arrival;

const SEED: u64 = 3;

/// An errand of posts and counters only: what it needs can be written down in a few rows.
fn plain() -> Errand {
    (0..).map(|n| Errand::draw(SEED, n)).find(|e| e.ops.iter().all(|op| matches!(op, Op::Fetch(_) | Op::Bump))).unwrap()
}

async fn put(db: &Db, statement: &'static str, values: &[String]) {
    let mut tx = db.begin().await.unwrap();
    tx.execute(values.iter().fold(sql(statement), |q, v| q.bind(v))).await.unwrap();
    tx.commit().await.unwrap();
}

/// A database, ledger and sink after one errand that went as it should. Call `k` begins at `10 k` and is committed at `10 k + 9`.
async fn sound(db: &TestDb, errand: &Errand) -> (Ledger, Vec<Arrival>) {
    let (mut seq, mut tokens, mut arrivals) = (0_i64, Vec::new(), Vec::new());
    for group in errand.groups() {
        for (at, kind) in group.kinds.iter().enumerate() {
            seq += 1;
            let mut outcome = json!(null);
            if let Some(step) = group.steps.get(at) {
                let token = 100 + seq.unsigned_abs();
                outcome = json!({ "body": { "text": json!({ "token": token }).to_string() } });
                tokens.push(token);
                arrivals.push(Arrival { at: Timestamp::from_micros(seq * 10 + 5), key: format!("run_a:{seq}"), n: errand.n, step: *step, attempt: 1, token });
            }
            let entry = "INSERT INTO journal (run_id, generation, pos, seq, kind, args_hash, args, ok, outcome, started_at, finished_at) \
                VALUES ('run_a', 0, CAST($1 AS INTEGER), CAST($1 AS INTEGER), $2, '', '', 1, $3, 1, CAST($4 AS INTEGER))";
            put(db, entry, &[seq.to_string(), (*kind).to_owned(), outcome.to_string(), (seq * 10 + 9).to_string()]).await;
        }
    }
    let run = "INSERT INTO runs (id, tenant_id, kind, subject, program, trigger, state, priority, epoch, attempt, crashes, generation, due_at, seed, input, output, created_at) \
        VALUES ('run_a', 't', 'workflow', 's', 'p', 'x', 'completed', 5, 1, 1, 0, 0, 0, '', '', $1, 0)";
    put(db, run, &[json!({ "tokens": tokens }).to_string()]).await;
    let counter = "INSERT INTO storage (tenant_id, workflow_id, key, value, bytes, updated_at) VALUES ('t', 'w', $1, $2, 1, 0)";
    put(db, counter, &[format!("count:{}", errand.n), errand.bumps().to_string()]).await;
    (Ledger { accepted: [(errand.n, "run_a".to_owned())].into(), ..Ledger::default() }, arrivals)
}

/// The kinds of what is found after something was changed in a sound world.
async fn found(change: &'static str, tamper: impl FnOnce(&mut Ledger, &mut Vec<Arrival>)) -> Vec<&'static str> {
    let db = sqlite().await;
    let errand = plain();
    let (mut ledger, mut arrivals) = sound(&db, &errand).await;
    if !change.is_empty() {
        put(&db, change, &[]).await;
    }
    tamper(&mut ledger, &mut arrivals);
    let mut report = Report::default();
    check(&db, SEED, &ledger, arrivals, &mut report).await.unwrap();
    report.violations.iter().map(|v| v.kind).collect()
}

#[tokio::test]
async fn a_sound_run_is_clean_and_so_is_a_repeat_before_the_commit() {
    assert_eq!(found("", |_, _| {}).await, Vec::<&str>::new());
    let twice = |_: &mut Ledger, arrivals: &mut Vec<Arrival>| arrivals.push(Arrival { token: 1, ..arrivals[0].clone() });
    assert_eq!(found("", twice).await, Vec::<&str>::new());
}

#[tokio::test]
async fn every_crime_is_noticed() {
    let none = |_: &mut Ledger, _: &mut Vec<Arrival>| {};
    let late = |_: &mut Ledger, arrivals: &mut Vec<Arrival>| arrivals.push(Arrival { at: Timestamp::from_micros(20), ..arrivals[0].clone() });
    assert_eq!(found("", late).await, ["repeated"], "a post after its entry was committed");
    let early = |_: &mut Ledger, arrivals: &mut Vec<Arrival>| arrivals.last_mut().unwrap().at = Timestamp::from_micros(1);
    assert_eq!(found("", early).await, ["order"], "a post before its predecessor was committed");
    let stray = |_: &mut Ledger, arrivals: &mut Vec<Arrival>| arrivals.push(Arrival { key: "run_a:99".into(), ..arrivals[0].clone() });
    assert_eq!(found("", stray).await, ["unjournaled"]);
    let promised = |ledger: &mut Ledger, _: &mut Vec<Arrival>| drop(ledger.accepted.insert(1_000_000, "run_b".into()));
    assert_eq!(found("", promised).await, ["lost"]);
    let forgotten = |ledger: &mut Ledger, _: &mut Vec<Arrival>| ledger.accepted.clear();
    assert_eq!(found("", forgotten).await, ["doubled"]);
    assert_eq!(found("UPDATE runs SET state = 'running'", none).await, ["stuck"]);
    assert_eq!(found("UPDATE runs SET state = 'failed'", none).await, ["failed"]);
    assert_eq!(found("UPDATE runs SET output = '{}'", none).await, ["outcome"]);
    assert_eq!(found("UPDATE storage SET value = '77'", none).await, ["inside"]);
    assert!(found("DELETE FROM journal WHERE pos = 3", none).await.contains(&"journal"));
    assert_eq!(found("UPDATE journal SET outcome = '{}' WHERE seq = 1", none).await, ["outcome", "outcome"]);
}
