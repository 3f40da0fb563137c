//! Since when workflows are offered a model.
//!
//! A module asks `if (env.AI)` without any host call, so the answer has to be the same each time a run is replayed: also after a
//! restart with other settings. It is therefore decided by the instant at which the run's clock begins, against a history of
//! changes that is only ever added to. Nodes remember it; a change that others have to hear of begins later than they remember.

use std::time::Duration;

use millrace_clock::Timestamp;
use millrace_db::{DbError, Dialect, Tx, sql};
use parking_lot::Mutex;

use crate::app::{App, Parts};
use crate::tenants::settings;

/// How the names of changes in `settings` begin; the instant in microseconds follows.
const PREFIX: &str = "language_model:";

const CHANGES: &str = "SELECT name, value FROM settings WHERE name LIKE 'language_model:%' ORDER BY name";

/// When a change begins to hold where other nodes have to hear of it.
const NOTICE: Duration = Duration::from_secs(30);

/// For how much later than it was read a history can be believed: less than [`NOTICE`] by what clocks may differ.
const BELIEVED: Duration = Duration::from_secs(20);

/// A node that was not seen for so long takes no part any more; leases are much shorter.
const GONE: Duration = Duration::from_secs(10);

/// A change of what workflows are offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Change {
    from: Timestamp,
    on: bool,
}

#[derive(Debug)]
struct Read {
    at: Timestamp,
    changes: Vec<Change>,
}

/// This node's memory of the history.
#[derive(Debug, Default)]
pub struct History {
    known: Mutex<Option<Read>>,
    /// Held while it is read: of many runs that begin at once, one asks.
    reading: tokio::sync::Mutex<()>,
}

impl History {
    fn state_at(&self, at: Timestamp) -> Option<bool> {
        self.known.lock().as_ref().filter(|read| at <= read.at.plus(BELIEVED)).map(|read| state_at(&read.changes, at))
    }
}

/// Whether a run whose clock begins at this instant is offered a model.
///
/// # Errors
/// The database failed.
pub async fn is_offered(parts: &Parts, at: Timestamp) -> Result<bool, DbError> {
    let history = &parts.ai_history;
    if let Some(state) = history.state_at(at) {
        return Ok(state);
    }
    let _reading = history.reading.lock().await;
    if let Some(state) = history.state_at(at) {
        return Ok(state);
    }
    let now = parts.clock.now();
    let changes = changes(&mut parts.platform().read().await?).await?;
    let state = state_at(&changes, at);
    *history.known.lock() = Some(Read { at: now, changes });
    Ok(state)
}

/// Notes what this node offers, if that is something new. To be called before it takes runs.
///
/// # Errors
/// The database failed.
pub async fn announce(app: &App) -> Result<(), DbError> {
    let on = app.config.ai.is_some();
    let others = others(app).await?;
    let now = app.clock.now();
    let mut tx = app.platform().begin().await?;
    let known = changes(&mut tx).await?;
    if known.last().is_some_and(|last| last.on) != on {
        let from = if others { now.plus(NOTICE) } else { now };
        let from = known.last().map_or(from, |last| from.max(last.from.plus(Duration::from_micros(1))));
        settings::set_once(&mut tx, &format!("{PREFIX}{:020}", from.micros()), if on { "on" } else { "off" }, now).await?;
        tracing::info!(on, from = %from, "what workflows are offered changes: a language model");
    }
    tx.commit().await
}

/// Whether another node may be performing runs. An embedded database has one process.
async fn others(app: &App) -> Result<bool, DbError> {
    if app.platform().dialect() == Dialect::Sqlite {
        return Ok(false);
    }
    let now = app.clock.now();
    let nodes = app.engine.nodes().await.map_err(|error| DbError::Open(error.to_string()))?;
    Ok(nodes.iter().any(|node| now.since(node.seen_at) < GONE))
}

async fn changes(tx: &mut Tx) -> Result<Vec<Change>, DbError> {
    let rows = tx.all(sql(CHANGES)).await?;
    let mut changes = Vec::with_capacity(rows.len());
    for row in &rows {
        let (name, value): (String, String) = (row.get("name")?, row.get("value")?);
        if let Some(micros) = name.strip_prefix(PREFIX).and_then(|text| text.parse().ok()) {
            changes.push(Change { from: Timestamp::from_micros(micros), on: value == "on" });
        }
    }
    Ok(changes)
}

fn state_at(changes: &[Change], at: Timestamp) -> bool {
    changes.iter().rev().find(|change| change.from <= at).is_some_and(|change| change.on)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_held_at_an_instant_is_what_the_last_change_before_it_says() {
        let at = Timestamp::from_micros;
        let changes = [Change { from: at(10), on: true }, Change { from: at(20), on: false }];
        assert_eq!([5, 9, 10, 19, 20, 30].map(|t| state_at(&changes, at(t))), [false, false, true, true, false, false]);
        assert!(!state_at(&[], at(1)));
    }
}
