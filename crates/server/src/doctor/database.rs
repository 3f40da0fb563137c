//! The database: reachable, new enough, durable, in step with this version and its keys.

use millrace_clock::Clock;
use millrace_db::{Db, DbError, Dialect, RowSecurity, Tx, check_schema, newest_migration, sql};

use super::limits::{CLOCK_WARNING, FREE_PAGES};
use super::{Level, Report, data};
use crate::config::{Config, DatabaseConfig};
use crate::{moving, row_security, secrets};

pub(super) async fn examine(config: &Config, report: &mut Report) {
    let shown = config.database.url.redacted();
    if let millrace_db::DatabaseUrl::Sqlite(path) = &config.database.url
        && !path.exists()
    {
        report.add("database", Level::Note, format!("{shown} does not exist yet"), "The first start makes it.");
        return;
    }
    let db = match Db::open_beside(&config.database.url).await {
        Ok(db) => db,
        Err(error) => {
            report.add("database", Level::Failure, format!("{shown}: {error}"), "Check that the database runs and that address, user and password are right.");
            return;
        }
    };
    if let Err(error) = look(config, &db, report).await {
        report.add("database", Level::Failure, format!("{shown}: {error}"), "Look into the database's own log.");
    }
    db.close().await;
}

async fn look(config: &Config, db: &Db, report: &mut Report) -> Result<(), DbError> {
    let mut tx = db.snapshot().await?;
    match db.dialect() {
        Dialect::Sqlite => sqlite(&mut tx, report).await?,
        Dialect::Postgres => postgres(&mut tx, &config.database, report).await?,
    }
    if !schema(&mut tx, report).await? {
        return Ok(());
    }
    if let Some(found) = tx.row_security().await? {
        walls(&found, report);
    }
    match moving::refuse_if_moved(db).await {
        Ok(()) => {}
        Err(error @ (DbError::Moved { .. } | DbError::Unfinished { .. })) => report.add("move", Level::Failure, error.to_string(), "docs/operations.md, section Move."),
        Err(error) => return Err(error),
    }
    keys(config, &mut tx, report).await;
    data::examine(config, &mut tx, report).await
}

async fn text(tx: &mut Tx, statement: &'static str) -> Result<String, DbError> {
    tx.one(sql(statement)).await?.get("found")
}

async fn number(tx: &mut Tx, statement: &'static str) -> Result<i64, DbError> {
    tx.one(sql(statement)).await?.get("found")
}

async fn sqlite(tx: &mut Tx, report: &mut Report) -> Result<(), DbError> {
    // Opening refused versions before 3.51.3 already.
    report.good("version", format!("SQLite {}", text(tx, "SELECT sqlite_version() AS found").await?));
    let found = text(tx, "SELECT quick_check AS found FROM pragma_quick_check LIMIT 1").await?;
    let level = if found == "ok" { Level::Ok } else { Level::Failure };
    report.add("integrity", level, format!("quick_check says: {found}"), "Stop the server, keep the file, and restore the last backup.");
    let strays = number(tx, "SELECT count(*) AS found FROM pragma_foreign_key_check").await?;
    if strays > 0 {
        report.add("integrity", Level::Failure, format!("{strays} rows refer to rows that are not there"), "Restore the last backup, and report this.");
    }
    let (free, pages) = (number(tx, "SELECT freelist_count AS found FROM pragma_freelist_count").await?, number(tx, "SELECT page_count AS found FROM pragma_page_count").await?);
    let share = free * 100 / pages.max(1);
    let level = if share > FREE_PAGES && pages > 25_000 { Level::Note } else { Level::Ok };
    report.add("free_pages", level, format!("{free} of {pages} pages are free"), "The server gives them back by itself, some every ten minutes.");
    Ok(())
}

async fn postgres(tx: &mut Tx, config: &DatabaseConfig, report: &mut Report) -> Result<(), DbError> {
    let version = number(tx, "SELECT current_setting('server_version_num')::bigint AS found").await?;
    let level = if version < 140_000 { Level::Failure } else { Level::Ok };
    report.add("version", level, format!("PostgreSQL {}.{}", version / 10_000, version % 10_000), "Use PostgreSQL 14 or newer.");
    for (name, found, level, fix) in [
        ("fsync", text(tx, "SELECT current_setting('fsync') AS found").await?, Level::Failure, "Set fsync = on: without it a power cut loses what was acknowledged."),
        ("synchronous_commit", text(tx, "SELECT current_setting('synchronous_commit') AS found").await?, Level::Failure, "Set synchronous_commit = on: without it a crash loses what was acknowledged."),
        ("full_page_writes", text(tx, "SELECT current_setting('full_page_writes') AS found").await?, Level::Warning, "Set full_page_writes = on unless the file system never tears pages."),
    ] {
        report.add("durability", if found == "off" { level } else { Level::Ok }, format!("{name} = {found}"), fix);
    }
    let most = number(tx, "SELECT current_setting('max_connections')::bigint AS found").await?;
    let nodes = (most - 3) / i64::from(config.connections.max(1));
    let level = if nodes < 2 { Level::Warning } else { Level::Ok };
    report.add("connections", level, format!("max_connections = {most}: room for {nodes} nodes of {} connections", config.connections), "Raise max_connections or lower MILLRACE_DATABASE_CONNECTIONS: a rolling upgrade has one node more than usual.");
    let there = number(tx, "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS found").await?;
    clock(there, "the database's clock", report);
    Ok(())
}

fn clock(there: i64, whose: &str, report: &mut Report) {
    let here = Clock::System.now().micros();
    let apart = std::time::Duration::from_micros(here.abs_diff(there));
    let level = if apart > CLOCK_WARNING { Level::Warning } else { Level::Ok };
    report.add("clock", level, format!("{whose} and this machine's are {} ms apart", apart.as_millis()), "Keep all clocks in step (chrony, systemd-timesyncd): leases and schedules use them.");
}

/// Whether the tables are there.
async fn schema(tx: &mut Tx, report: &mut Report) -> Result<bool, DbError> {
    let applied = tx.applied().await?;
    let (there, here) = (applied.iter().map(|a| a.number).max().unwrap_or(0), i64::from(newest_migration()));
    if let Err(error) = check_schema(&applied, newest_migration()) {
        report.add("schema", Level::Failure, error.to_string(), "Start the newer version of Millrace.");
    } else if there == 0 {
        report.add("schema", Level::Note, "the database is empty", "The first start fills it.");
    } else if there < here {
        report.add("schema", Level::Note, format!("the database has schema {there}, this version has {here}"), "The next start brings it up to date; nodes of the version before go on beside it.");
    } else if there > here {
        report.add("schema", Level::Note, format!("the database has schema {there}, this version knows {here} and works beside it"), "Finish the upgrade when you are content with it.");
    } else {
        report.good("schema", format!("schema {there}, as this version has it"));
    }
    Ok(there > 0)
}

/// The wall between workspaces inside the database.
fn walls(found: &RowSecurity, report: &mut Report) {
    match row_security::warning(found) {
        Some(warning) => report.add("row_security", Level::Warning, warning, "docs/operations.md, section Row-level security."),
        None => report.good("row_security", format!("{} tables show each workspace its own rows only", found.guarded.len())),
    }
}

async fn keys(config: &Config, tx: &mut Tx, report: &mut Report) {
    const FIX: &str = "Give the server the master key that sealed the database: MILLRACE_MASTER_KEY, MILLRACE_MASTER_KEY_FILE, the key service, or master.key in the data folder.";
    let found = match secrets::check(config, tx).await {
        Ok(Some(found)) => found,
        Ok(None) => return report.add("keys", Level::Note, "nothing is sealed yet", "The first start makes the keys."),
        Err(error) => return report.add("keys", Level::Failure, error.to_string(), FIX),
    };
    report.good("keys", format!("master key {} opens what the database sealed", found.seals));
    match secrets::counts(tx).await {
        Ok(counts) => lost(&counts, &found.has, report),
        Err(error) => report.add("keys", Level::Failure, format!("sealed values cannot be counted: {error}"), "Look into the database's own log."),
    }
}

/// Values under keys that this configuration does not have.
fn lost(counts: &std::collections::BTreeMap<String, i64>, has: &[String], report: &mut Report) {
    let lost: Vec<String> = counts.iter().filter(|(id, _)| !has.contains(id)).map(|(id, values)| format!("{values} under {id}")).collect();
    match lost.is_empty() {
        true => report.good("keys", format!("{} sealed values are under keys of this configuration", counts.values().sum::<i64>())),
        false => report.add(
            "keys",
            Level::Failure,
            format!("sealed values are under master keys that this configuration does not have: {}", lost.join(", ")),
            "Add the former key to MILLRACE_MASTER_KEY until `millrace master-key status` says that everything is under the one that seals.",
        ),
    }
}
