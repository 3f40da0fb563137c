//! Carrying rows: the first copy, rounds of changes, and the comparison.

use millrace_db::portable::{Change, PortableRow, Table, keys_of, line, parse_line};
use millrace_db::{DbError, Dialect, Tx, sql};
use millrace_engine::carry;

use super::Ends;
use crate::backup::{CopyError, failed, is_master_key_row};

const DONE: &str = "SELECT done, last_key FROM move_progress WHERE table_name = $1";
const NOTE: &str = "INSERT INTO move_progress (table_name, done, last_key) VALUES ($1, $2, $3) ON CONFLICT (table_name) DO UPDATE SET done = excluded.done, last_key = excluded.last_key";
const BEGUN: &str = "SELECT count(*) AS n FROM move_progress";

/// Keys looked up at once.
const KEYS: usize = 200;

/// The tables at both ends, and the way between them.
pub(super) struct Pump<'a> {
    ends: &'a Ends,
    tables: Vec<Ours>,
}

/// One table as each end has it: the same columns, of the types of its database.
struct Ours {
    here: Table,
    there: Table,
}

/// The tables that are carried: all but those whose rows mean nothing elsewhere.
pub(super) async fn tables(tx: &mut Tx) -> Result<Vec<Table>, DbError> {
    let mut tables = tx.tables().await?;
    tables.retain(|t| !carry::TRANSIENT.contains(&t.name.as_str()));
    Ok(tables)
}

/// Finds each table at both ends; refuses ends that differ, as when another version of the server changed the source meanwhile.
async fn pairs(ends: &Ends, source: &mut Tx) -> Result<Vec<Ours>, CopyError> {
    let differ = || failed("MOVE_VERSION", "source and target have different tables").fix("Give the move up with `millrace move --undo` and begin again with an empty target.");
    let mut there = tables(&mut ends.target.read().await?).await?;
    let mut pairs = Vec::new();
    for here in tables(source).await? {
        let at = there.iter().position(|t| t.name == here.name && t.column_names() == here.column_names() && t.key == here.key).ok_or_else(differ)?;
        pairs.push(Ours { there: there.remove(at), here });
    }
    if there.is_empty() { Ok(pairs) } else { Err(differ()) }
}

impl<'a> Pump<'a> {
    /// Begins to note changes in the source.
    pub(super) async fn prepare(ends: &'a Ends) -> Result<Self, CopyError> {
        let mut tx = ends.source.begin().await?;
        let tables = pairs(ends, &mut tx).await?;
        tx.make_change_log().await?;
        tx.commit().await?;
        // One at a time: each waits for the writers of its table only.
        for table in &tables {
            let mut tx = ends.source.begin().await?;
            tx.capture(&table.here).await?;
            tx.commit().await?;
        }
        Ok(Self { ends, tables })
    }

    /// Copies one snapshot, going on where an earlier attempt stopped.
    pub(super) async fn first_copy(&mut self, say: &dyn Fn(&str)) -> Result<(), CopyError> {
        let begun: i64 = self.ends.target.read().await?.one(sql(BEGUN)).await?.get("n")?;
        let mut snapshot = self.ends.source.snapshot().await?;
        if begun > 0 {
            // What an earlier attempt copied is brought up to this snapshot, so that rows only refer to rows that are there.
            let changes = snapshot.changes().await?;
            self.apply(&mut snapshot, &changes).await?;
        }
        for table in &self.tables {
            self.copy_table(&mut snapshot, table, say).await?;
        }
        Ok(snapshot.rollback().await?)
    }

    async fn copy_table(&self, snapshot: &mut Tx, Ours { here: table, there }: &Ours, say: &dyn Fn(&str)) -> Result<(), CopyError> {
        let row = self.ends.target.read().await?.optional(sql(DONE).bind(&table.name)).await?;
        let (done, last) = match row {
            Some(row) => (row.get::<i64>("done")? != 0, row.get::<Option<String>>("last_key")?),
            None => (false, None),
        };
        if done {
            return Ok(());
        }
        let after = last.map(|text| parse_line(&text)).transpose()?;
        let mut copied = 0;
        snapshot
            .each_batch(table, after.as_deref(), async |rows: Vec<PortableRow>| {
                let last = rows.last().map(|row| line(&table.key_of(row)));
                copied += rows.len();
                let rows: Vec<PortableRow> = rows.into_iter().filter(|row| self.carries(table, row)).collect();
                let mut tx = self.ends.target.begin().await?;
                tx.replace_rows(there, &rows).await?;
                tx.execute(sql(NOTE).bind(&table.name).bind(0i64).bind(last)).await?;
                tx.commit().await
            })
            .await?;
        let mut tx = self.ends.target.begin().await?;
        tx.execute(sql(NOTE).bind(&table.name).bind(1i64).bind(None::<String>)).await?;
        tx.commit().await?;
        say(&format!("copied {}: {copied} rows", table.name));
        Ok(())
    }

    fn carries(&self, table: &Table, row: &PortableRow) -> bool {
        !(self.ends.key_becomes_file() && is_master_key_row(table, row))
    }

    /// Brings the target to a new snapshot. Answers how many rows had changed.
    pub(super) async fn round(&mut self) -> Result<usize, CopyError> {
        let mut snapshot = self.ends.source.snapshot().await?;
        let changes = snapshot.changes().await?;
        self.apply(&mut snapshot, &changes).await?;
        snapshot.rollback().await?;
        let mut tx = self.ends.source.begin().await?;
        tx.forget_changes(&changes).await?;
        tx.commit().await?;
        Ok(changes.len())
    }

    /// Makes the target's rows with these keys equal to the source's. Rows that are gone go first, children before their
    /// parents, so that unique values are free again; then the others, parents first.
    async fn apply(&self, source: &mut Tx, changes: &[Change]) -> Result<(), CopyError> {
        let mut target = self.ends.target.begin().await?;
        for Ours { here: table, there: theirs } in self.tables.iter().rev() {
            for keys in keys_of(changes, &table.name).chunks(KEYS) {
                let there: Vec<String> = source.rows_of(table, keys).await?.iter().map(|row| line(&table.key_of(row))).collect();
                let gone: Vec<PortableRow> = keys.iter().filter(|key| !there.contains(&line(key))).cloned().collect();
                target.delete_rows(theirs, &gone).await?;
            }
        }
        for Ours { here: table, there: theirs } in &self.tables {
            for keys in keys_of(changes, &table.name).chunks(KEYS) {
                let rows = source.rows_of(table, keys).await?;
                let rows: Vec<PortableRow> = rows.into_iter().filter(|row| self.carries(table, row)).collect();
                target.replace_rows(theirs, &rows).await?;
            }
        }
        Ok(target.commit().await?)
    }

    /// Compares every table of one snapshot with the target, number and hash.
    pub(super) async fn compare(&mut self, say: &dyn Fn(&str)) -> Result<usize, CopyError> {
        let mut snapshot = self.ends.source.snapshot().await?;
        let changes = snapshot.changes().await?;
        self.apply(&mut snapshot, &changes).await?;
        let mut target = self.ends.target.snapshot().await?;
        let mut compared = 0;
        for Ours { here: table, there: theirs } in self.tables.iter().filter(|t| self.comparable(&t.here)) {
            let here = snapshot.digest(table, |row| self.carries(table, row)).await?;
            let there = target.digest(theirs, |_| true).await?;
            if here != there {
                let what = format!("table {} has {} rows with hash {}… in the source and {} with {}… in the target", table.name, here.rows, &here.hash()[..8], there.rows, &there.hash()[..8]);
                return Err(failed("COPY_DIFFERS", what).fix("The source works on. Give the move up with `millrace move --undo` and begin with an empty target."));
            }
            compared += 1;
        }
        say(&format!("compared {compared} tables by hash: equal"));
        Ok(compared)
    }

    /// Payload files of an embedded source become rows that the source does not have.
    fn comparable(&self, table: &Table) -> bool {
        table.name != carry::PAYLOAD_TABLE || self.ends.source.dialect() != Dialect::Sqlite || self.ends.target.dialect() != Dialect::Postgres
    }

    /// The last changes, read under the lock of the source: applied, then read back from the target and compared.
    pub(super) async fn last(ends: &'a Ends, source: &mut Tx) -> Result<(), CopyError> {
        let pump = Self { ends, tables: pairs(ends, source).await? };
        let changes = source.changes().await?;
        pump.apply(source, &changes).await?;
        let mut target = ends.target.read().await?;
        for Ours { here: table, there: theirs } in &pump.tables {
            for keys in keys_of(&changes, &table.name).chunks(KEYS) {
                let mut here = source.rows_of(table, keys).await?;
                here.retain(|row| pump.carries(table, row));
                let there = target.rows_of(theirs, keys).await?;
                let lines = |rows: &[PortableRow]| {
                    let mut lines: Vec<String> = rows.iter().map(|row| line(row)).collect();
                    lines.sort_unstable();
                    lines
                };
                if pump.comparable(table) && lines(&here) != lines(&there) {
                    return Err(failed("COPY_DIFFERS", format!("the last changes of table {} came out differently", table.name)).fix("Nothing was switched; the source works on."));
                }
            }
        }
        Ok(())
    }
}
