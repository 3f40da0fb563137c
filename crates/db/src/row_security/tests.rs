//! Policies in a real PostgreSQL, as a role that is neither superuser nor may bypass them.

#![allow(clippy::unwrap_used)]

use millrace_clock::Timestamp;
use sqlx::postgres::{PgConnection, PgPool};
use sqlx::{Connection as _, Executor as _};

use super::switch::free;
use crate::portable::{Cell, CellKind, PortableRow, Table};
use crate::testing::{ROLE, TestDb, postgres, postgres_url};
use crate::{Db, DbError, Options, Tx, check_schema, sql};

const ONE: &str = "org_one";
const TWO: &str = "org_two";

async fn open(url: &str) -> Db {
    Db::open(&url.parse().unwrap(), &Options { connections: 4, ..Options::default() }).await.unwrap()
}

fn superuser(url: &str) -> String {
    url.replacen(&format!("{ROLE}@"), "postgres@", 1)
}

/// SQLSTATE of a refusal.
fn refusal<T: std::fmt::Debug>(result: Result<T, DbError>) -> String {
    match result {
        Err(DbError::Driver(sqlx::Error::Database(e))) => e.code().unwrap_or_default().into_owned(),
        other => panic!("not refused: {other:?}"),
    }
}

/// One more row of a tenant: `n` makes it different from others.
fn row(table: &Table, tenant: &str, n: i64) -> PortableRow {
    let cell = |name: &str, kind: CellKind| match (name, kind) {
        ("tenant_id", _) => Cell::Text(tenant.to_owned()),
        ("id", _) if table.name == "tenants" => Cell::Text(tenant.to_owned()),
        ("id", _) if table.name == "runs" => Cell::Text(format!("run_{tenant}{}", if n < 10 { String::new() } else { n.to_string() })),
        ("run_id", _) => Cell::Text(format!("run_{tenant}")),
        (_, CellKind::Text) => Cell::Text(format!("{tenant} {n}")),
        (_, CellKind::Int) => Cell::Int(n),
        (_, CellKind::Bool) => Cell::Int(1),
        (_, CellKind::Float) => Cell::Float(1.0),
        (_, CellKind::Bytes) => Cell::Bytes(vec![1]),
    };
    table.columns.iter().map(|c| cell(&c.name, c.kind)).collect()
}

/// Takes the tables' own rules about values away: a row of these tests is any row, and only policies are asked about it.
const ANY_VALUES: &str = "DO $$ DECLARE one record; BEGIN
  FOR one IN SELECT conrelid::regclass AS of, conname FROM pg_constraint WHERE contype = 'c' AND connamespace = 'public'::regnamespace LOOP
    EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', one.of, one.conname);
  END LOOP;
END $$";

/// A row of each tenant in every table, put there by somebody whom neither policies nor foreign keys stop.
async fn filled(test: &TestDb) -> Vec<Table> {
    let admin = open(&superuser(&test.url)).await;
    let mut tx = admin.begin().await.unwrap();
    tx.script(ANY_VALUES).await.unwrap();
    tx.script("SET LOCAL session_replication_role = replica").await.unwrap();
    let guarded = tx.row_security().await.unwrap().unwrap().guarded;
    let tables: Vec<Table> = tx.tables().await.unwrap().into_iter().filter(|t| guarded.contains(&t.name)).collect();
    for table in &tables {
        tx.insert_rows(table, &[row(table, ONE, 1), row(table, TWO, 2)]).await.unwrap();
    }
    tx.commit().await.unwrap();
    admin.close().await;
    tables
}

async fn count(mut tx: Tx, table: &Table) -> u64 {
    tx.count(table).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tenant_sees_and_writes_its_own_rows_and_no_others() {
    let test = postgres().await;
    let tables = filled(&test).await;
    assert!(tables.len() > 25, "{}", tables.len());
    let one = test.of(ONE);
    for table in &tables {
        let name = &table.name;
        assert_eq!(count(test.read().await.unwrap(), table).await, 2, "the platform sees all of {name}");
        assert_eq!(count(one.read().await.unwrap(), table).await, 1, "{name}");
        assert_eq!(count(test.of("org_three").read().await.unwrap(), table).await, 0, "{name}");
        let mut tx = one.begin().await.unwrap();
        // A table has the one, or the other through which its policy looks.
        let wanted = ["tenant_id", if name == "tenants" { "id" } else { "run_id" }].iter().find_map(|c| table.column(c)).unwrap();
        let shown = tx.digest(table, |row| row[wanted] != row_of(table, ONE)[wanted]).await.unwrap();
        assert_eq!(shown.rows, 0, "what is seen of {name} is one's own");
        tx.rollback().await.unwrap();
        let mut tx = one.begin().await.unwrap();
        let mut foreign = row(table, TWO, 77);
        if name == "tenants" {
            foreign[wanted] = Cell::Text("org_four".to_owned());
        }
        assert_eq!(refusal(tx.insert_rows(table, &[foreign]).await), "42501", "an insert for another into {name}");
        // Its own trigger lets nothing be changed but what is erased.
        if name != "audit_log" {
            let mut tx = one.begin().await.unwrap();
            let (column, other) = (&table.columns[wanted].name, row_of(table, TWO)[wanted].clone());
            let Cell::Text(other) = other else { panic!("{other:?}") };
            assert_eq!(refusal(tx.script(&format!("UPDATE {name} SET {column} = '{other}'")).await), "42501", "a row of {name} given away");
        }
        let mut tx = one.begin().await.unwrap();
        let keys = [table.key_of(&row(table, TWO, 2))];
        tx.delete_rows(table, &keys).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(count(test.read().await.unwrap(), table).await, 2, "another's row of {name} is still there");
    }
    // Without a workspace: of a person, so the platform's.
    let mut tx = one.begin().await.unwrap();
    let mails = tables.iter().find(|t| t.name == "mails").unwrap();
    let mut nobodys = row(mails, ONE, 88);
    nobodys[mails.column("tenant_id").unwrap()] = Cell::Null;
    assert_eq!(refusal(tx.insert_rows(mails, &[nobodys]).await), "42501");
}

fn row_of(table: &Table, tenant: &str) -> PortableRow {
    row(table, tenant, if tenant == ONE { 1 } else { 2 })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_setting_there_is_nothing() {
    let test = postgres().await;
    let tables = filled(&test).await;
    let mut plain = PgConnection::connect(&test.url).await.unwrap();
    for round in 0..2 {
        for table in &tables {
            let text = format!("SELECT count(*) FROM {}", table.name);
            let n: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(text)).fetch_one(&mut plain).await.unwrap();
            assert_eq!(n, 0, "{} in round {round}", table.name);
        }
        let refused = plain.execute("INSERT INTO kv (tenant_id, workflow_id, key, value, updated_at) VALUES ('org_one', 'w', 'k', 'v', 1)").await.unwrap_err();
        assert_eq!(refused.as_database_error().unwrap().code().unwrap(), "42501");
        // Afterwards the setting is there and empty, for the rest of the session.
        plain.execute("BEGIN; SET LOCAL millrace.tenant = 'org_one'; COMMIT").await.unwrap();
    }
    let found: Option<String> = sqlx::query_scalar("SELECT current_setting('millrace.tenant', true)").fetch_one(&mut plain).await.unwrap();
    assert_eq!(found.as_deref(), Some(""));
    plain.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_setting_ends_with_the_transaction() {
    let url = postgres_url().await;
    let db = Db::open(&url.parse().unwrap(), &Options { connections: 1, ..Options::default() }).await.unwrap();
    let setting = async |mut tx: Tx| tx.one(sql("SELECT current_setting('millrace.tenant', true) AS of")).await.unwrap().get::<String>("of").unwrap();
    for end in 0..3 {
        let mut tx = db.of(ONE).begin().await.unwrap();
        assert_eq!(tx.one(sql("SELECT current_setting('millrace.tenant') AS of")).await.unwrap().get::<String>("of").unwrap(), ONE);
        match end {
            0 => tx.commit().await.unwrap(),
            1 => tx.rollback().await.unwrap(),
            _ => drop(tx),
        }
        assert_eq!(setting(db.read().await.unwrap()).await, "*", "the same connection");
    }
    for strange in ["*", "", "org_a'; SET millrace.tenant = '*", "ORG", "org one"] {
        assert!(matches!(db.of(strange).begin().await, Err(DbError::Schema(_))), "{strange}");
        assert!(matches!(db.of(strange).read().await, Err(DbError::Schema(_))), "{strange}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_table_with_rows_of_tenants_is_guarded_when_it_is_made() {
    const OF_TENANTS: &str = "SELECT DISTINCT c.relname::text AS name FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname IN ('tenant_id', 'run_id') \
        WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')";
    let test = postgres().await;
    let check = async || {
        let mut tx = test.read().await.unwrap();
        let found = tx.row_security().await.unwrap().unwrap();
        assert!(found.is_on() && found.carried, "{found:?}");
        let mut wanted: Vec<String> = tx.all(sql(OF_TENANTS)).await.unwrap().iter().map(|r| r.get("name").unwrap()).collect();
        wanted.push("tenants".to_owned());
        wanted.sort();
        let mut guarded = found.guarded;
        guarded.sort();
        assert_eq!(guarded, wanted);
        guarded
    };
    let before = check().await;
    assert!(before.iter().any(|t| t.starts_with("journal_2")), "parts as well: {before:?}");
    // A day that comes.
    let mut tx = test.begin().await.unwrap();
    tx.one(sql("SELECT run_days_make($1, 1) AS n").bind(4_000_000_000_000i64)).await.unwrap();
    tx.commit().await.unwrap();
    let after = check().await;
    assert_eq!(after.len(), before.len() + 4);
    let part = after.iter().find(|t| t.starts_with("journal_") && !before.contains(t)).unwrap();
    let mut tx = test.of(ONE).begin().await.unwrap();
    let insert = format!("INSERT INTO {part} SELECT * FROM journal; INSERT INTO {part} VALUES ('run_org_one', 0, 0, 0, 'k', 'h', 'a', true, 'o', 1, 1)");
    assert_eq!(refusal(tx.script(&insert).await), "42501", "by itself it is the platform's");
    // Tables of a later migration.
    let mut tx = test.begin().await.unwrap();
    tx.script("CREATE TABLE invoices (id TEXT PRIMARY KEY, tenant_id TEXT NOT NULL); CREATE TABLE screenshots (run_id TEXT PRIMARY KEY)").await.unwrap();
    tx.commit().await.unwrap();
    let found = test.read().await.unwrap().row_security().await.unwrap().unwrap();
    assert_eq!(found.open, ["invoices", "screenshots"]);
    test.migrate(Timestamp::default()).await.unwrap();
    assert_eq!(check().await.len(), after.len() + 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upgraded_database_is_switched_by_its_operator() {
    let url = postgres_url().await;
    let db = open(&url).await;
    // As the release before left it.
    db.migrate_to(18, Timestamp::default()).await.unwrap();
    assert!(matches!(db.set_row_security(true).await, Err(DbError::Schema(_))), "not before this version was here");
    let mut tx = db.begin().await.unwrap();
    for table in tx.covered().await.unwrap() {
        free(&mut tx, &table).await.unwrap();
    }
    tx.execute(sql("INSERT INTO kv (tenant_id, workflow_id, key, value, updated_at) VALUES ('org_one', 'w', 'k', 'v', 1)")).await.unwrap();
    tx.commit().await.unwrap();
    let old = PgPool::connect(&url).await.unwrap();
    let sees = async || sqlx::query_scalar::<_, i64>("SELECT count(*) FROM kv").fetch_one(&old).await.unwrap();
    let state = async || {
        let mut tx = db.read().await.unwrap();
        let newer = check_schema(&tx.applied().await.unwrap(), 18).is_err();
        let found = tx.row_security().await.unwrap().unwrap();
        (found.guarded.is_empty(), found.open.is_empty(), newer)
    };
    for _ in 0..2 {
        db.migrate(Timestamp::default()).await.unwrap();
        assert_eq!((state().await, sees().await), ((true, false, false), 1), "an upgrade leaves it alone");
        db.set_row_security(true).await.unwrap();
        db.set_row_security(true).await.unwrap();
        assert_eq!((state().await, sees().await), ((false, true, true), 0), "on, and the release before may not start");
        db.migrate(Timestamp::default()).await.unwrap();
        assert_eq!(state().await, (false, true, true));
        db.set_row_security(false).await.unwrap();
    }
    let mut tx = db.read().await.unwrap();
    let policies: i64 = tx.one(sql("SELECT count(*) AS n FROM pg_policy")).await.unwrap().get("n").unwrap();
    assert_eq!(policies, 0);
    old.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_busy_table_is_waited_for() {
    let test = postgres().await;
    let mut reader = test.read().await.unwrap();
    reader.one(sql("SELECT count(*) AS n FROM kv")).await.unwrap();
    let db = test.db.clone();
    let switching = tokio::spawn(async move { db.set_row_security(false).await });
    let waits = "SELECT count(*) AS n FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'ALTER TABLE \"kv\"%'";
    while test.optional(sql(waits)).await.unwrap().unwrap().get::<i64>("n").unwrap() == 0 {
        tokio::task::yield_now().await;
        // The reader must not be taken for one that has fallen silent.
        reader.one(sql("SELECT 1 AS one")).await.unwrap();
    }
    reader.commit().await.unwrap();
    switching.await.unwrap().unwrap();
    assert!(test.read().await.unwrap().row_security().await.unwrap().unwrap().guarded.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_is_whole_or_refused() {
    let test = postgres().await;
    let tables = filled(&test).await;
    let mut snapshot = test.snapshot().await.unwrap();
    for table in &tables {
        assert_eq!(snapshot.count(table).await.unwrap(), 2, "{}", table.name);
    }
    snapshot.rollback().await.unwrap();
    let mut tx = test.begin().await.unwrap();
    tx.script("CREATE POLICY lately ON runs AS RESTRICTIVE USING (created_at > 1)").await.unwrap();
    tx.commit().await.unwrap();
    let error = test.snapshot().await.unwrap_err().to_string();
    assert!(error.contains("table runs"), "{error}");
    assert_eq!(test.read().await.unwrap().row_security().await.unwrap().unwrap().open, ["runs"]);
    let mut tx = test.begin().await.unwrap();
    tx.script("DROP POLICY lately ON runs; ALTER TABLE users ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY").await.unwrap();
    tx.commit().await.unwrap();
    let error = test.snapshot().await.unwrap_err().to_string();
    assert!(error.contains("table users"), "a table that is none of ours to guard: {error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_role_that_passes_through_policies_is_noticed() {
    let test = postgres().await;
    let admin = open(&superuser(&test.url)).await;
    let found = admin.read().await.unwrap().row_security().await.unwrap().unwrap();
    assert!(found.bypassed && !found.is_on() && found.open.is_empty(), "{found:?}");
    admin.snapshot().await.unwrap().rollback().await.unwrap();
    admin.close().await;
    assert!(crate::testing::sqlite().await.read().await.unwrap().row_security().await.unwrap().is_none());
}
