//! P2: what runs wrote is given back to the disk when they are forgotten, without anybody's VACUUM.

use std::path::Path;
use std::time::Duration;

use millrace_db::testing::{self, TestDb};
use millrace_db::{Dialect, on_both, sql};
use millrace_engine::RunState;
use serde_json::json;

use super::steps::{looping, start};
use crate::script::Rig;

/// Bytes on disk: the file, or all of the database.
async fn size(db: &TestDb) -> u64 {
    if db.dialect() == Dialect::Postgres {
        let row = db.optional(sql("SELECT pg_database_size(current_database()) AS n")).await.unwrap().unwrap();
        return u64::try_from(row.get::<i64>("n").unwrap()).unwrap();
    }
    // The database in the file; the write-ahead log beside it has a size of its own, and the file follows when it is closed.
    let (pages, bytes) = ("PRAGMA page_count", "PRAGMA page_size");
    let mut tx = db.read().await.unwrap();
    let pages: i64 = tx.one(sql(pages)).await.unwrap().get("page_count").unwrap();
    let bytes: i64 = tx.one(sql(bytes)).await.unwrap().get("page_size").unwrap();
    u64::try_from(pages * bytes).unwrap()
}

async fn forget_all(rig: &Rig) {
    let mut steps = 0;
    while rig.engine.forget().await.unwrap() {
        steps += 1;
        assert!(steps < 1_000_000, "forgetting does not come to an end");
    }
}

/// Writes `runs` runs of 100 effects of 12,000 bytes, a while ago, forgets them, and compares the disk.
async fn written_through(db: TestDb, runs: usize) {
    let (rig, _) = looping(&db).await;
    let survivor = start(&rig, json!({"steps": 1, "sleeps": true, "bytes": 10})).await;
    rig.until(&survivor, RunState::Waiting).await;
    let before = size(&db).await;
    let mut full = before;
    for _ in 0..runs.div_ceil(20) {
        let mut ids = Vec::new();
        for _ in 0..20 {
            ids.push(start(&rig, json!({"steps": 100, "bytes": 12_000})).await);
        }
        for id in &ids {
            rig.until(id, RunState::Completed).await;
        }
        full = full.max(size(&db).await);
    }
    let written = full - before;
    assert!(written > runs as u64 * 100 * 12_000, "{written} bytes were written");
    // Within the time that they are kept nothing goes.
    rig.pass(Duration::from_secs(20 * 86_400));
    forget_all(&rig).await;
    rig.until(&survivor, RunState::Completed).await;
    assert!(size(&db).await >= full);
    rig.pass(Duration::from_secs(20 * 86_400));
    forget_all(&rig).await;
    assert_eq!(rig.count("SELECT count(*) AS n FROM runs").await, 1, "the run that ended later is kept");
    rig.pass(Duration::from_secs(40 * 86_400));
    forget_all(&rig).await;
    assert_eq!(rig.count("SELECT count(*) AS n FROM runs").await + rig.count("SELECT count(*) AS n FROM journal").await, 0);
    let after = size(&db).await;
    println!("{} MiB written through: {} KiB before, {} KiB after", written >> 20, before >> 10, after >> 10);
    assert!(after.saturating_sub(before) <= written / 20, "{written} bytes were written and {} are still taken", after - before);
    if let Some(file) = db.url.strip_prefix("sqlite://") {
        rig.engine.shutdown(Duration::from_secs(1)).await;
        db.close().await;
        let on_disk = std::fs::metadata(Path::new(file)).unwrap().len();
        assert!(on_disk <= after, "the file itself is as short as the database in it: {on_disk}");
    }
}

on_both! {
    async fn p02_pruning_gives_the_disk_back(db: TestDb) {
        written_through(db, 60).await;
    }
}

fn full_size() -> usize {
    let gigabytes: usize = std::env::var("MILLRACE_RACES_GB").ok().and_then(|n| n.parse().ok()).unwrap_or(2);
    gigabytes * 1_000_000_000 / 1_200_000
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "full size, minutes"]
async fn p02_gigabytes_written_through_come_back_sqlite() {
    written_through(testing::sqlite().await, full_size()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "full size, minutes"]
async fn p02_gigabytes_written_through_come_back_postgres() {
    written_through(testing::postgres().await, full_size()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p02_a_day_goes_whole_and_its_last_run_does_not_keep_what_others_left() {
    let db = testing::postgres().await;
    let (rig, _) = looping(&db).await;
    let days = "SELECT count(*) AS n FROM pg_inherits WHERE inhparent = 'journal'::regclass";
    assert_eq!(rig.count(days).await, 4, "today, two days ahead, and one table for whatever else");
    let sleeper = start(&rig, json!({"steps": 3, "sleeps": true})).await;
    rig.until(&sleeper, RunState::Waiting).await;
    // Its timer is kept from firing: the run outlives its day.
    let mut tx = db.begin().await.unwrap();
    tx.execute(sql("UPDATE waits SET due_at = due_at + 31536000000000")).await.unwrap();
    tx.commit().await.unwrap();
    let done = start(&rig, json!({"steps": 50})).await;
    rig.until(&done, RunState::Completed).await;
    rig.pass(Duration::from_secs(40 * 86_400));
    forget_all(&rig).await;
    assert_eq!(rig.count("SELECT count(*) AS n FROM runs").await, 1);
    assert_eq!(rig.count("SELECT count(*) AS n FROM journal").await, 3, "the sleeper's own steps");
    rig.pass(Duration::from_secs(400 * 86_400));
    rig.until(&sleeper, RunState::Completed).await;
    rig.pass(Duration::from_secs(40 * 86_400));
    forget_all(&rig).await;
    assert_eq!(rig.count("SELECT count(*) AS n FROM journal").await, 0);
    let today = rig.count("SELECT count(*) AS n FROM pg_inherits WHERE inhparent = 'journal'::regclass AND inhrelid::regclass::text <> 'journal_other'").await;
    assert_eq!(today, 3, "what is left are the days that the moved clock is in, not the ones it passed");
    // Ids carry the machine's time, whose day is gone now: its rows find room all the same.
    let late = start(&rig, json!({"steps": 5})).await;
    rig.until(&late, RunState::Completed).await;
    assert_eq!(rig.count("SELECT count(*) AS n FROM journal_other").await, 5);
}
