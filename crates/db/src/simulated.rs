//! A database for deterministic simulation: SQLite in memory on one connection, shared by simulated nodes and spoken to as if
//! it were the distributed one.
//!
//! Every statement is done when it returns, on the calling thread, so nothing happens that the simulation did not order; what
//! a network and a server would add (delays, refusals, lost answers, dead connections) each node's [`Faults`] decide.
//! Transactions follow one another: what PostgreSQL's weaker isolation adds is not simulated.
#![allow(clippy::missing_panics_doc)]

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};
use sqlx::ConnectOptions as _;
use tokio::sync::{OwnedMutexGuard, mpsc};

use crate::tx::sqlite_query;
use crate::{Db, DbError, Query, Row, Value, embedded_migrations};

/// Where a node meets the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Point {
    /// A transaction that may write is to begin.
    Begin,
    /// Something is to be read.
    Read,
    /// A transaction is to be committed.
    Commit,
}

/// What becomes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It is done and answered.
    Done,
    /// It is refused; nothing was done.
    Refused,
    /// It is done, and the answer is lost.
    AnswerLost,
    /// The node is gone before it was done: nothing of it goes on.
    Halted,
    /// It is done, and the node is gone before the answer.
    HaltedAfter,
}

/// A future that a [`Faults`] answers with.
pub type Later<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What befalls one node.
pub trait Faults: Send + Sync + std::fmt::Debug {
    /// Decides what becomes of the next act, after as long as it takes.
    fn meet(&self, point: Point) -> Later<'_, Fate>;
    /// How long a notification of this node's commit is under way to each listener.
    fn notice_delay(&self) -> Duration;
}

/// The storage that simulated nodes share.
#[derive(Debug, Clone)]
pub struct Storage {
    connection: Arc<tokio::sync::Mutex<SqliteConnection>>,
    listeners: Arc<Mutex<Vec<mpsc::UnboundedSender<String>>>>,
}

/// One node's way to the storage.
#[derive(Debug, Clone)]
pub struct Link {
    storage: Storage,
    faults: Arc<dyn Faults>,
}

/// An open transaction.
#[derive(Debug)]
pub struct SimulatedTx {
    connection: OwnedMutexGuard<SqliteConnection>,
    link: Link,
    notices: Vec<String>,
    open: bool,
}

struct Unpark(std::thread::Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Stands still until the future is ready: SQLite's own thread answers within microseconds.
fn at_once<F: Future>(future: F) -> F::Output {
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let (mut future, mut context) = (pin!(future), Context::from_waker(&waker));
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
        std::thread::park();
    }
}

fn lost() -> DbError {
    DbError::Driver(sqlx::Error::Io(std::io::Error::new(std::io::ErrorKind::ConnectionReset, "simulated")))
}

/// What copies whole databases has no part in a simulation.
pub(crate) fn not_simulated() -> DbError {
    DbError::Schema("this is not simulated".to_owned())
}

impl Storage {
    /// An empty, migrated storage.
    ///
    /// # Errors
    /// SQLite refused.
    pub fn new() -> Result<Self, DbError> {
        let options = SqliteConnectOptions::new()
            .in_memory(true)
            .foreign_keys(true)
            .journal_mode(SqliteJournalMode::Memory)
            .synchronous(SqliteSynchronous::Off)
            .statement_cache_capacity(256)
            .disable_statement_logging();
        let mut connection = at_once(options.connect())?;
        for step in embedded_migrations() {
            at_once(sqlx::raw_sql(step.sqlite).execute(&mut connection))?;
        }
        Ok(Self { connection: Arc::new(tokio::sync::Mutex::new(connection)), listeners: Arc::default() })
    }

    /// Empties it for the next simulation.
    ///
    /// # Errors
    /// SQLite refused.
    pub fn wipe(&self, tables: &[&'static str]) -> Result<(), DbError> {
        self.listeners.lock().unwrap_or_else(PoisonError::into_inner).clear();
        let mut connection = at_once(self.connection.lock());
        for statement in tables {
            at_once(sqlx::query(*statement).execute(&mut *connection))?;
        }
        Ok(())
    }

    /// A node's database on this storage.
    pub fn node(&self, faults: Arc<dyn Faults>) -> Db {
        Db::simulated(Link { storage: self.clone(), faults })
    }

    /// Looks at the storage from outside of all nodes, between their transactions.
    ///
    /// # Errors
    /// SQLite refused.
    pub async fn look(&self, query: Query) -> Result<Vec<Row>, DbError> {
        let mut connection = self.connection.lock().await;
        Ok(at_once(sqlite_query(query).fetch_all(&mut *connection))?.into_iter().map(Row::Sqlite).collect())
    }
}

impl Link {
    pub(crate) async fn begin(&self, point: Point) -> Result<SimulatedTx, DbError> {
        match self.faults.meet(point).await {
            Fate::Refused | Fate::AnswerLost => return Err(lost()),
            Fate::Halted | Fate::HaltedAfter => std::future::pending().await,
            Fate::Done => {}
        }
        let mut connection = self.storage.connection.clone().lock_owned().await;
        at_once(sqlx::query("BEGIN IMMEDIATE").execute(&mut *connection))?;
        Ok(SimulatedTx { connection, link: self.clone(), notices: Vec::new(), open: true })
    }

    pub(crate) async fn optional(&self, query: Query) -> Result<Option<Row>, DbError> {
        let mut tx = self.begin(Point::Read).await?;
        tx.optional(query)
    }

    pub(crate) async fn all(&self, query: Query) -> Result<Vec<Row>, DbError> {
        let mut tx = self.begin(Point::Read).await?;
        tx.all(query)
    }

    pub(crate) fn listener(&self) -> mpsc::UnboundedReceiver<String> {
        let (sender, receiver) = mpsc::unbounded_channel();
        self.storage.listeners.lock().unwrap_or_else(PoisonError::into_inner).push(sender);
        receiver
    }

    fn tell(&self, notices: Vec<String>) {
        let listeners = self.storage.listeners.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for listener in listeners {
            let (delay, notices) = (self.faults.notice_delay(), notices.clone());
            tokio::spawn(async move {
                tokio::time::sleep(delay).await;
                notices.into_iter().for_each(|n| drop(listener.send(n)));
            });
        }
    }
}

impl SimulatedTx {
    /// What only the distributed database understands; `true` when it was that.
    fn is_foreign(&mut self, query: &Query) -> bool {
        if query.sql.postgres.starts_with("SELECT pg_notify") {
            if let Some(Value::Text(Some(text))) = query.values.first() {
                self.notices.push(text.clone());
            }
            return true;
        }
        query.sql.postgres.starts_with("SELECT pg_advisory")
    }

    pub(crate) fn execute(&mut self, query: Query) -> Result<u64, DbError> {
        if self.is_foreign(&query) {
            return Ok(1);
        }
        Ok(at_once(sqlite_query(query).execute(&mut *self.connection))?.rows_affected())
    }

    pub(crate) fn all(&mut self, query: Query) -> Result<Vec<Row>, DbError> {
        Ok(at_once(sqlite_query(query).fetch_all(&mut *self.connection))?.into_iter().map(Row::Sqlite).collect())
    }

    pub(crate) fn optional(&mut self, query: Query) -> Result<Option<Row>, DbError> {
        Ok(at_once(sqlite_query(query).fetch_optional(&mut *self.connection))?.map(Row::Sqlite))
    }

    pub(crate) async fn commit(mut self) -> Result<(), DbError> {
        let fate = self.link.faults.meet(Point::Commit).await;
        if matches!(fate, Fate::Done | Fate::AnswerLost | Fate::HaltedAfter) {
            at_once(sqlx::query("COMMIT").execute(&mut *self.connection))?;
            self.open = false;
            let notices = std::mem::take(&mut self.notices);
            if !notices.is_empty() {
                self.link.tell(notices);
            }
        }
        drop(self);
        match fate {
            Fate::Done => Ok(()),
            Fate::Refused | Fate::AnswerLost => Err(lost()),
            Fate::Halted | Fate::HaltedAfter => std::future::pending().await,
        }
    }
}

impl Drop for SimulatedTx {
    fn drop(&mut self) {
        if self.open {
            drop(at_once(sqlx::query("ROLLBACK").execute(&mut *self.connection)));
        }
    }
}
