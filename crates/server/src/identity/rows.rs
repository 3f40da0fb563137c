//! Everything that is in a database, for tests of what must not have changed.
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};

use millrace_db::portable::{PortableRow, Table, line};
use millrace_db::{Db, DbError};

/// A database whose rows are compared.
pub(crate) struct Watched {
    db: Db,
    tables: Vec<Table>,
}

impl Watched {
    pub(crate) async fn new(db: &Db) -> Self {
        let tables = db.read().await.unwrap().tables().await.unwrap();
        Self { db: db.clone(), tables }
    }

    /// All rows, as they are now.
    pub(crate) async fn rows(&self) -> Rows {
        let mut tx = self.db.read().await.unwrap();
        let mut all = BTreeMap::new();
        for table in &self.tables {
            let mut lines = BTreeSet::new();
            let read = tx.each_batch(table, None, async |rows: Vec<PortableRow>| {
                lines.extend(rows.iter().map(|row| line(row)));
                Ok::<(), DbError>(())
            });
            read.await.unwrap();
            all.insert(table.name.clone(), lines);
        }
        Rows(all)
    }
}

/// All rows, as text, by table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rows(BTreeMap<String, BTreeSet<String>>);

impl Rows {
    /// Those in which one of these texts stands.
    pub(crate) fn naming<'a>(&self, markers: impl IntoIterator<Item = &'a str> + Clone) -> Self {
        let names = |row: &&String| markers.clone().into_iter().any(|marker| row.contains(marker));
        Self(self.0.iter().map(|(table, rows)| (table.clone(), rows.iter().filter(names).cloned().collect())).collect())
    }

    /// Each with its table.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().flat_map(|(table, rows)| rows.iter().map(move |row| (table.as_str(), row.as_str())))
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.0.values().map(BTreeSet::len).sum()
    }

    /// What is another than before, a line each; these tables are not looked at.
    pub(crate) fn since(&self, before: &Self, but: &[&str]) -> Vec<String> {
        let mut all = Vec::new();
        for (table, rows) in self.0.iter().filter(|(table, _)| !but.contains(&table.as_str())) {
            let nothing = BTreeSet::new();
            let old = before.0.get(table).unwrap_or(&nothing);
            all.extend(old.difference(rows).map(|row| format!("{table}: gone or changed: {row}")));
            all.extend(rows.difference(old).map(|row| format!("{table}: new or changed: {row}")));
        }
        all
    }
}
