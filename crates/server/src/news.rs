//! Word that there is something to do: to this node's worker, and on PostgreSQL to those of all nodes.
//!
//! A worker that knows of nothing to do rests long and asks the database nothing; whoever writes what is to be done says so in the same
//! transaction.

use std::sync::Arc;
use std::time::Duration;

use millrace_db::{Db, DbError, Dialect, Tx, sql};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// Delivered by PostgreSQL when and only when the transaction commits.
const TELL: &str = "SELECT pg_notify($1, '')";

/// Pause before a lost listener is replaced: long enough for a database that restarts, short beside the looks that go on meanwhile.
const SETBACK: Duration = Duration::from_secs(2);

/// Word of one kind of work. Clone it freely.
#[derive(Debug, Clone)]
pub struct News(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    channel: String,
    heard: Notify,
}

impl News {
    /// Word of work that is named so in all nodes: `mail`, `rollouts` …
    pub fn of(work: &str) -> Self {
        Self(Arc::new(Inner { channel: format!("millrace_{work}"), heard: Notify::new() }))
    }

    /// Has every node look once the caller's transaction is committed.
    ///
    /// # Errors
    /// The database failed.
    pub async fn tell(&self, tx: &mut Tx) -> Result<(), DbError> {
        if tx.dialect() == Dialect::Postgres {
            return tx.execute(sql(TELL).bind(&self.0.channel)).await.map(drop);
        }
        // The embedded database has one writer: whoever is woken by this waits until this transaction has ended.
        self.wake();
        Ok(())
    }

    /// Has this node look now.
    pub fn wake(&self) {
        self.0.heard.notify_one();
    }

    /// Waits until there may be something to do.
    pub async fn heard(&self) {
        self.0.heard.notified().await;
    }

    /// Hears what is told, by this node too, until the server stops. Nothing to hear on the embedded database.
    pub async fn listen(self, db: Db, stopping: CancellationToken) {
        let hear = async {
            while let Err(error) = self.hear(&db).await {
                tracing::debug!(%error, channel = self.0.channel, "a listener was lost");
                tokio::time::sleep(SETBACK).await;
            }
        };
        tokio::select! {
            () = stopping.cancelled() => {}
            () = hear => {}
        }
    }

    async fn hear(&self, db: &Db) -> Result<(), DbError> {
        let Some(mut listener) = db.listener().await? else { return Ok(()) };
        listener.listen(&self.0.channel).await?;
        loop {
            // Once before the first word, too: what was said earlier is not repeated.
            self.wake();
            listener.recv().await?;
        }
    }
}
