//! Opening a database: pools, pragmas, and the lock that keeps a second process off an embedded file.

use std::fs::{File, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sqlx::{ConnectOptions as _, Connection as _};
use sqlx::postgres::{PgConnectOptions, PgListener, PgPool, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};

use crate::row_security::{PLATFORM, SETTING};
use crate::tx::{postgres_query, sqlite_query};
use crate::{DatabaseUrl, DbError, Query, Row, Tx, sql, stale};

/// Which SQL dialect a database speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// The embedded database.
    Sqlite,
    /// The distributed database.
    Postgres,
}

/// How to open a database.
#[derive(Debug, Clone)]
pub struct Options {
    /// Connections for reading (SQLite) or in all (PostgreSQL).
    pub connections: u32,
    /// How long to wait for a free connection before the caller is told to try again.
    pub acquire: Duration,
}

impl Default for Options {
    fn default() -> Self {
        // 2 cores serve 16 statements at once well; PostgreSQL allows 100 connections by default, so six nodes fit.
        Self { connections: 16, acquire: Duration::from_secs(10) }
    }
}

/// How busy the connections of a pool are.
#[derive(Debug, Clone, Copy)]
pub struct PoolUse {
    /// `write` and `read` on SQLite, `shared` on PostgreSQL.
    pub pool: &'static str,
    /// Connections that are open.
    pub open: u32,
    /// Open connections that nobody uses.
    pub idle: u32,
    /// The most that may be open.
    pub most: u32,
}

/// An open database; clone it freely. On PostgreSQL its connections say that they are the platform's, which sees the rows of all
/// tenants; [`Db::of`] narrows that to one.
#[derive(Debug, Clone)]
pub struct Db(Inner);

#[derive(Debug, Clone)]
enum Inner {
    Sqlite { write: SqlitePool, read: SqlitePool, lock: Option<Arc<File>> },
    Postgres { pool: PgPool },
    #[cfg(feature = "testing")]
    Simulated(crate::simulated::Link),
}

#[cfg(feature = "testing")]
impl Db {
    pub(crate) fn simulated(link: crate::simulated::Link) -> Self {
        Self(Inner::Simulated(link))
    }
}

/// SQLite before 3.51.3 can lose a WAL checkpoint race (sqlite.org/changes.html).
const SQLITE_AT_LEAST: (u32, u32, u32) = (3, 51, 3);

impl Db {
    /// Opens (and for SQLite creates) the database. Migrations are applied by [`Db::migrate`].
    ///
    /// # Errors
    /// The file is in use by another process, the server cannot be reached, or the engine is too old.
    pub async fn open(url: &DatabaseUrl, options: &Options) -> Result<Self, DbError> {
        match url {
            DatabaseUrl::Sqlite(path) => open_sqlite(path, options).await,
            DatabaseUrl::Postgres(url) => open_postgres(url, options, "millrace", PLANS).await,
        }
    }

    /// Opens an existing database beside the server that may use it: an embedded file without the lock that keeps a second
    /// server off it. SQLite's own locks order the two processes; whoever opens it so must not take part as a node.
    ///
    /// # Errors
    /// It does not exist or cannot be reached.
    pub async fn open_beside(url: &DatabaseUrl) -> Result<Self, DbError> {
        match url {
            DatabaseUrl::Sqlite(path) => open_sqlite_beside(path).await,
            DatabaseUrl::Postgres(url) => open_postgres(url, &Options { connections: 4, ..Options::default() }, "millrace-tool", &[]).await,
        }
    }

    /// Begins a transaction that only reads and sees one state of the whole database, whatever others write meanwhile.
    ///
    /// # Errors
    /// No connection could be had in time.
    pub async fn snapshot(&self) -> Result<Tx, DbError> {
        Ok(match &self.0 {
            Inner::Sqlite { read, .. } => {
                let mut tx = Tx::Sqlite(read.begin().await?);
                // The state is fixed by the first look, not by BEGIN.
                tx.all(sql("SELECT count(*) FROM sqlite_schema")).await?;
                tx
            }
            Inner::Postgres { pool } => {
                let mut tx = Tx::Postgres(pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?);
                // Rows that a policy would hide are an error, not a hole in a copy. PostgreSQL's own `row_security = off` knows no
                // policy that lets everything through.
                tx.refuse_hidden_rows().await?;
                // Whoever copies a snapshot may be slow to write it down; it holds no locks that others wait for.
                tx.execute(sql("SET LOCAL idle_in_transaction_session_timeout = 0")).await?;
                tx
            }
            #[cfg(feature = "testing")]
            Inner::Simulated(link) => Tx::Simulated(link.begin(crate::simulated::Point::Read).await?),
        })
    }

    /// Which dialect it speaks.
    pub fn dialect(&self) -> Dialect {
        match &self.0 {
            Inner::Sqlite { .. } => Dialect::Sqlite,
            Inner::Postgres { .. } => Dialect::Postgres,
            #[cfg(feature = "testing")]
            Inner::Simulated(_) => Dialect::Postgres,
        }
    }

    /// Whether transactions run beside each other and lock the rows they touch, rather than one after another.
    pub fn locks_rows(&self) -> bool {
        matches!(self.0, Inner::Postgres { .. })
    }

    /// Begins a transaction that may write. SQLite begins IMMEDIATE on its one writing connection.
    ///
    /// # Errors
    /// No connection could be had in time.
    pub async fn begin(&self) -> Result<Tx, DbError> {
        Ok(match &self.0 {
            Inner::Sqlite { write, .. } => Tx::Sqlite(write.begin_with("BEGIN IMMEDIATE").await?),
            Inner::Postgres { pool } => Tx::Postgres(pool.begin().await?),
            #[cfg(feature = "testing")]
            Inner::Simulated(link) => Tx::Simulated(link.begin(crate::simulated::Point::Begin).await?),
        })
    }

    /// Begins a transaction that only reads; on SQLite it does not wait for the writer.
    ///
    /// # Errors
    /// No connection could be had in time.
    pub async fn read(&self) -> Result<Tx, DbError> {
        Ok(match &self.0 {
            Inner::Sqlite { read, .. } => Tx::Sqlite(read.begin().await?),
            Inner::Postgres { pool } => Tx::Postgres(pool.begin().await?),
            #[cfg(feature = "testing")]
            Inner::Simulated(link) => Tx::Simulated(link.begin(crate::simulated::Point::Read).await?),
        })
    }

    /// Begins a transaction with words of PostgreSQL that set it up besides; `None` elsewhere.
    pub(crate) async fn begin_with(&self, opening: impl FnOnce() -> Result<String, DbError>) -> Result<Option<Tx>, DbError> {
        match &self.0 {
            Inner::Postgres { pool } => Ok(Some(Tx::Postgres(pool.begin_with(sqlx::AssertSqlSafe(opening()?)).await?))),
            Inner::Sqlite { .. } => Ok(None),
            #[cfg(feature = "testing")]
            Inner::Simulated(_) => Ok(None),
        }
    }

    /// Reads at most one row in a statement of its own, without a transaction around it.
    ///
    /// # Errors
    /// The database refused or was lost.
    pub async fn optional(&self, query: Query) -> Result<Option<Row>, DbError> {
        #[cfg(feature = "testing")]
        crate::testing::note(query.sql.text(self.dialect()));
        Ok(match &self.0 {
            Inner::Sqlite { read, .. } => sqlite_query(query).fetch_optional(read).await?.map(Row::Sqlite),
            Inner::Postgres { pool } => postgres_query(query).fetch_optional(pool).await?.map(|r| Row::Postgres(Box::new(r))),
            #[cfg(feature = "testing")]
            Inner::Simulated(link) => link.optional(query).await?,
        })
    }

    /// Reads rows in a statement of its own, without a transaction around it. Bound their number in the statement itself.
    ///
    /// # Errors
    /// The database refused or was lost.
    pub async fn all(&self, query: Query) -> Result<Vec<Row>, DbError> {
        #[cfg(feature = "testing")]
        crate::testing::note(query.sql.text(self.dialect()));
        Ok(match &self.0 {
            Inner::Sqlite { read, .. } => sqlite_query(query).fetch_all(read).await?.into_iter().map(Row::Sqlite).collect(),
            Inner::Postgres { pool } => postgres_query(query).fetch_all(pool).await?.into_iter().map(|r| Row::Postgres(Box::new(r))).collect(),
            #[cfg(feature = "testing")]
            Inner::Simulated(link) => link.all(query).await?,
        })
    }

    /// A listener for what other nodes say; `None` on SQLite, whose one process wakes itself.
    ///
    /// # Errors
    /// The connection was refused.
    pub async fn listener(&self) -> Result<Option<Listener>, DbError> {
        match &self.0 {
            Inner::Sqlite { .. } => Ok(None),
            Inner::Postgres { pool } => Ok(Some(Listener::Postgres(Box::new(PgListener::connect_with(pool).await?)))),
            #[cfg(feature = "testing")]
            Inner::Simulated(link) => Ok(Some(Listener::Simulated(link.listener()))),
        }
    }

    /// How busy the connections are; asks nobody.
    pub fn pools(&self) -> Vec<PoolUse> {
        let idle = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        match &self.0 {
            Inner::Sqlite { write, read, .. } => vec![
                PoolUse { pool: "write", open: write.size(), idle: idle(write.num_idle()), most: write.options().get_max_connections() },
                PoolUse { pool: "read", open: read.size(), idle: idle(read.num_idle()), most: read.options().get_max_connections() },
            ],
            Inner::Postgres { pool } => vec![PoolUse { pool: "shared", open: pool.size(), idle: idle(pool.num_idle()), most: pool.options().get_max_connections() }],
            #[cfg(feature = "testing")]
            Inner::Simulated(_) => Vec::new(),
        }
    }

    /// Closes all connections; statements after this fail.
    pub async fn close(&self) {
        match &self.0 {
            Inner::Sqlite { write, read, lock } => {
                read.close().await;
                write.close().await;
                // The file is free for the next opener even while clones of this handle live.
                if let Some(Err(e)) = lock.as_ref().map(|lock| lock.unlock()) {
                    tracing::warn!(error = %e, "the database file could not be unlocked");
                }
            }
            Inner::Postgres { pool } => pool.close().await,
            #[cfg(feature = "testing")]
            Inner::Simulated(_) => {}
        }
    }
}

/// Hears what nodes of one database tell each other.
pub enum Listener {
    /// NOTIFY of PostgreSQL.
    Postgres(Box<PgListener>),
    /// In a simulation.
    #[cfg(feature = "testing")]
    Simulated(tokio::sync::mpsc::UnboundedReceiver<String>),
}

impl std::fmt::Debug for Listener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Listener")
    }
}

impl Listener {
    /// Begins to hear a channel.
    ///
    /// # Errors
    /// The connection was lost.
    pub async fn listen(&mut self, channel: &str) -> Result<(), DbError> {
        match self {
            Self::Postgres(listener) => listener.listen(channel).await?,
            #[cfg(feature = "testing")]
            Self::Simulated(_) => {}
        }
        Ok(())
    }

    /// The next thing said.
    ///
    /// # Errors
    /// The connection was lost; what was said since is not repeated.
    pub async fn recv(&mut self) -> Result<String, DbError> {
        match self {
            Self::Postgres(listener) => Ok(listener.recv().await?.payload().to_owned()),
            #[cfg(feature = "testing")]
            Self::Simulated(heard) => heard.recv().await.ok_or(DbError::Driver(sqlx::Error::PoolClosed)),
        }
    }
}

fn sqlite_options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        // 16 MB of write-ahead log between checkpoints: pages that many runs touch are then written back once, not four times.
        .pragma("wal_autocheckpoint", "4000")
        // A log that a long reader let grow is cut back when it is next begun anew.
        .pragma("journal_size_limit", "67108864")
        // Statements are seen in traces of the use cases; logging each costs more than many of them.
        .disable_statement_logging()
        .auto_vacuum(sqlx::sqlite::SqliteAutoVacuum::Incremental)
        .busy_timeout(Duration::from_secs(10))
        .pragma("temp_store", "memory")
        .statement_cache_capacity(256)
        .optimize_on_close(false, None)
}

async fn open_sqlite(path: &Path, options: &Options) -> Result<Db, DbError> {
    if let Some(dir) = path.parent().filter(|d| !d.as_os_str().is_empty()) {
        std::fs::create_dir_all(dir).map_err(|e| DbError::Open(format!("{}: {e}", dir.display())))?;
    }
    let lock = lock_file(path)?;
    // 64 MB of page cache for the writer: the default 2 MB makes every index insert of a big journal read the disk. Readers
    // are several and look at little.
    let write_options = sqlite_options(path).pragma("cache_size", "-65536");
    let read_options = sqlite_options(path).pragma("cache_size", "-8192").pragma("query_only", "true");
    let keep = |o: SqlitePoolOptions| o.idle_timeout(None).max_lifetime(None).acquire_timeout(options.acquire).test_before_acquire(false);
    // A full disk makes SQLite roll back by itself; the driver's own ROLLBACK then fails and it goes on believing in a
    // transaction. A connection in doubt is settled, or replaced, before anybody gets it.
    let keep = |o: SqlitePoolOptions| {
        keep(o).after_release(|connection, _| {
            Box::pin(async move {
                if connection.is_in_transaction() {
                    connection.ping().await?;
                }
                Ok(!connection.is_in_transaction())
            })
        })
    };
    let write = keep(SqlitePoolOptions::new().max_connections(1).min_connections(1)).connect_with(write_options).await?;
    check_sqlite_version(&write).await?;
    let read = keep(SqlitePoolOptions::new().max_connections(options.connections.clamp(1, 8))).connect_lazy_with(read_options);
    Ok(Db(Inner::Sqlite { write, read, lock: Some(Arc::new(lock)) }))
}

async fn open_sqlite_beside(path: &Path) -> Result<Db, DbError> {
    if !path.is_file() {
        return Err(DbError::Open(format!("{}: there is no such database file", path.display())));
    }
    let options = || {
        let plain = SqliteConnectOptions::new().filename(path).create_if_missing(false).foreign_keys(true).disable_statement_logging();
        plain.synchronous(SqliteSynchronous::Full).busy_timeout(Duration::from_secs(10)).pragma("temp_store", "memory").optimize_on_close(false, None)
    };
    let pool = |n| SqlitePoolOptions::new().max_connections(n).idle_timeout(None).max_lifetime(None);
    let read = pool(4).connect_with(options().pragma("query_only", "true")).await?;
    check_sqlite_version(&read).await?;
    let write = pool(1).connect_lazy_with(options());
    Ok(Db(Inner::Sqlite { write, read, lock: None }))
}

async fn check_sqlite_version(pool: &SqlitePool) -> Result<(), DbError> {
    let text: String = sqlx::query_scalar("SELECT sqlite_version()").fetch_one(pool).await?;
    let mut parts = text.split('.').map(|p| p.parse::<u32>().unwrap_or(0));
    let version = (parts.next().unwrap_or(0), parts.next().unwrap_or(0), parts.next().unwrap_or(0));
    if version < SQLITE_AT_LEAST {
        let (a, b, c) = SQLITE_AT_LEAST;
        return Err(DbError::Open(format!("SQLite {text} is too old; {a}.{b}.{c} or newer is needed")));
    }
    Ok(())
}

/// How long a start waits for the lock: a child of a killed server may hold it for some milliseconds until it notices.
const LOCK_PATIENCE: Duration = Duration::from_millis(500);

/// Takes `<file>.lock` for this process; the operating system gives it back however the process ends.
fn lock_file(path: &Path) -> Result<File, DbError> {
    let lock_path = path.with_extension("lock");
    let open = |e: std::io::Error| DbError::Open(format!("{}: {e}", lock_path.display()));
    let mut file = File::options().read(true).write(true).create(true).truncate(false).open(&lock_path).map_err(open)?;
    let deadline = Instant::now() + LOCK_PATIENCE;
    let locked = loop {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) if Instant::now() < deadline => std::thread::sleep(Duration::from_millis(20)),
            done => break done,
        }
    };
    match locked {
        Ok(()) => {
            file.set_len(0).map_err(open)?;
            file.rewind().map_err(open)?;
            write!(file, "{}", std::process::id()).map_err(open)?;
            Ok(file)
        }
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            let _ = file.read_to_string(&mut holder);
            Err(DbError::InUse { path: path.display().to_string(), holder: if holder.is_empty() { "unknown".into() } else { holder } })
        }
        Err(TryLockError::Error(e)) => Err(open(e)),
    }
}

/// Milliseconds that a transaction may wait for its client's next word. A frozen or unplugged node must not hold the locks of
/// its last transaction: until they are free nobody can take its runs over, and nobody at all can claim.
const SILENCE: &str = "2000";

/// A server's statements find their rows by an index, every one of them. The planner would rather read a table that its statistics
/// call empty, and keeps that plan while queues fill and empty again between two looks of autovacuum; and it would compile what it
/// believes to be long, which takes longer than any statement here.
const PLANS: &[(&str, &str)] = &[("enable_seqscan", "off"), ("jit", "off")];

async fn open_postgres(url: &str, options: &Options, name: &str, plans: &[(&str, &str)]) -> Result<Db, DbError> {
    let connect: PgConnectOptions = url.parse().map_err(|e: sqlx::Error| DbError::Open(e.to_string()))?;
    let pool = PgPoolOptions::new()
        .max_connections(options.connections)
        .acquire_timeout(options.acquire)
        .before_acquire(|_, connection| Box::pin(async move { Ok(stale::is_good(connection.age)) }))
        .connect_with(connect.application_name(name).options([("idle_in_transaction_session_timeout", SILENCE), (SETTING, PLATFORM)]).options(plans.iter().copied()).disable_statement_logging())
        .await
        .map_err(|e| DbError::Open(e.to_string()))?;
    Ok(Db(Inner::Postgres { pool }))
}
