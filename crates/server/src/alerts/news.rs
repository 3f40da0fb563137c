//! Word that there is a rule to look at: a node that knows of none asks the database nothing until it hears of one.

use std::sync::Arc;

use millrace_db::{DbError, Dialect, Tx, sql};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::limits::SETBACK;
use crate::app::Parts;

const CHANNEL: &str = "millrace_alerts";
/// Delivered by PostgreSQL when the transaction commits.
const TELL: &str = "SELECT pg_notify($1, '')";

/// Word that a rule is to be looked at. Clone it freely.
#[derive(Debug, Clone, Default)]
pub struct News(Arc<Notify>);

impl News {
    /// Has every node look once the transaction is committed.
    pub(super) async fn tell(&self, tx: &mut Tx) -> Result<(), DbError> {
        if tx.dialect() == Dialect::Postgres {
            tx.execute(sql(TELL).bind(CHANNEL)).await?;
        }
        // The embedded database has one writer: who is woken by this waits until this transaction has ended.
        self.wake();
        Ok(())
    }

    /// Has this node look now.
    pub fn wake(&self) {
        self.0.notify_one();
    }

    /// Waits until there may be something to do.
    pub(super) async fn heard(&self) {
        self.0.notified().await;
    }
}

/// Hears of rules that other nodes set. Nothing to hear on the embedded database.
pub(super) async fn listen(parts: Parts, stopping: CancellationToken) {
    let hear = async {
        while let Err(error) = hear(&parts).await {
            tracing::debug!(%error, "alerts: the listener was lost");
            tokio::time::sleep(SETBACK).await;
        }
    };
    tokio::select! {
        () = stopping.cancelled() => {}
        () = hear => {}
    }
}

async fn hear(parts: &Parts) -> Result<(), DbError> {
    let Some(mut listener) = parts.platform().listener().await? else { return Ok(()) };
    listener.listen(CHANNEL).await?;
    loop {
        // Once before the first word, too: what was said earlier is not repeated.
        parts.alerts.wake();
        listener.recv().await?;
    }
}
