//! Rows look and hash the same in both databases.

#![allow(clippy::unwrap_used)]

use super::{Cell, Digest, PortableRow, line, parse_line};
use crate::testing::{postgres, sqlite};
use crate::{Db, DbError, sql};

#[test]
fn a_row_survives_its_line_and_sums_ignore_the_order() {
    let row = vec![Cell::Null, Cell::Int(i64::MIN), Cell::Float(0.1 + 0.2), Cell::Text("ä\n\"@".into()), Cell::Bytes(vec![0, 255])];
    assert_eq!(parse_line(&line(&row)).unwrap(), row);
    for strange in ["{}", "[1.5]", "[[1]]", "[{\"b\":\"zz\"}]", "[true]", "x"] {
        assert!(parse_line(strange).is_err(), "{strange}");
    }
    let digest = |lines: &[&str]| {
        let mut digest = Digest::default();
        lines.iter().for_each(|l| digest.add(l));
        digest
    };
    assert_eq!(digest(&["a", "b"]), digest(&["b", "a"]));
    assert_ne!(digest(&["a", "b"]), digest(&["a", "c"]));
    assert_ne!(digest(&["a"]).hash(), digest(&["a", "a"]).hash());
}

async fn fill(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    for n in 0..1_203i64 {
        let id = format!("run_{n}");
        let journal = "INSERT INTO journal (run_id, generation, pos, seq, kind, args_hash, args, ok, outcome, started_at, finished_at) VALUES ($1, 0, $2, 0, 'fetch', 'h', 'ä', $3, '{}', 1, 2)";
        tx.execute(sql(journal).bind(&id).bind(n).bind(n % 2 == 0)).await.unwrap();
    }
    tx.execute(sql("INSERT INTO payloads (tenant_id, hash, bytes, created_at) VALUES ('org_1', 'h', $1, 5)").bind(vec![0u8, 1, 255])).await.unwrap();
    tx.execute(sql("INSERT INTO tenants (id, slug, name, status, created_at) VALUES ('org_1', 's', 'Ä', 'active', 1)")).await.unwrap();
    let key = "INSERT INTO api_keys (id, tenant_id, name, role, secret_hash, created_at) VALUES ('key_1', 'org_1', 'n', 'owner', 'x', 1)";
    tx.execute(sql(key)).await.unwrap();
    tx.commit().await.unwrap();
}

async fn copy(from: &Db, to: &Db) {
    let mut source = from.snapshot().await.unwrap();
    let mut target = to.begin().await.unwrap();
    let tables = source.tables().await.unwrap();
    let order: Vec<&str> = tables.iter().map(|t| t.name.as_str()).collect();
    let place = |name: &str| order.iter().position(|n| *n == name).unwrap();
    assert!(place("tenants") < place("api_keys") && place("workflow_versions") < place("installations"), "{order:?}");
    let into = target.tables().await.unwrap();
    for (table, to) in tables.iter().zip(&into) {
        assert_eq!((&table.name, table.column_names(), &table.key), (&to.name, to.column_names(), &to.key), "the same shape in both");
        source.each_batch(table, None, async |rows: Vec<PortableRow>| target.insert_rows(to, &rows).await).await.unwrap();
        assert_eq!(source.digest(table, |_| true).await.unwrap(), target.digest(to, |_| true).await.unwrap(), "{}", table.name);
    }
    target.commit().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_goes_there_and_back_unchanged() {
    let (embedded, server, back) = (sqlite().await, postgres().await, sqlite().await);
    fill(&embedded).await;
    copy(&embedded, &server).await;
    copy(&server, &back).await;
    let mut tx = back.read().await.unwrap();
    let n: i64 = tx.one(sql("SELECT count(*) AS n FROM journal WHERE ok")).await.unwrap().get("n").unwrap();
    assert_eq!(n, 602);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_are_found_replaced_and_deleted_by_key() {
    for db in [sqlite().await, postgres().await] {
        fill(&db).await;
        let mut tx = db.begin().await.unwrap();
        let journal = tx.tables().await.unwrap().into_iter().find(|t| t.name == "journal").unwrap();
        let key = |n: i64| vec![Cell::Text(format!("run_{n}")), Cell::Int(0), Cell::Int(n)];
        let mut rows = tx.rows_of(&journal, &[key(3), key(5), key(99_999)]).await.unwrap();
        assert_eq!(rows.len(), 2);
        let kind = journal.column("kind").unwrap();
        rows.iter_mut().for_each(|row| row[kind] = Cell::Text("timer".into()));
        tx.replace_rows(&journal, &rows).await.unwrap();
        let now = tx.rows_of(&journal, &[key(3)]).await.unwrap();
        assert_eq!(now[0][kind], Cell::Text("timer".into()));
        assert!(tx.digest(&journal, |row| row[kind] == Cell::Text("timer".into())).await.unwrap().rows == 2);
        tx.delete_rows(&journal, &[key(3), key(5)]).await.unwrap();
        assert_eq!(tx.digest(&journal, |_| true).await.unwrap().rows, 1_201);
        // From the middle of the key's order on.
        let mut seen = 0;
        tx.each_batch(&journal, Some(&key(1_000)), async |rows: Vec<PortableRow>| {
            seen += rows.len();
            Ok::<(), DbError>(())
        })
        .await
        .unwrap();
        assert!((1..1_201).contains(&seen), "{seen}");
    }
}
