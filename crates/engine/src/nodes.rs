//! The nodes that share a database. A node that holds runs renews one lease; who stops renewing is dead, and its runs go back
//! to the queue under a new epoch, so that a zombie's writes meet a fence.

use std::sync::atomic::{AtomicI64, Ordering};

use millrace_clock::Timestamp;
use millrace_db::{Db, DbError, Dialect, Sql, Tx, sql};
use millrace_ids::NodeId;

use crate::limits::{LEASE, LEASE_RENEWAL};
use crate::settings::Role;
use crate::store::NOTIFY;

/// One node as others see it.
#[derive(Debug, Clone)]
pub struct Node {
    /// Its id, new at each start.
    pub id: NodeId,
    /// What it does.
    pub roles: String,
    /// Since when.
    pub started_at: Timestamp,
    /// When it last wrote.
    pub seen_at: Timestamp,
}

const REGISTER: &str = "INSERT INTO nodes (id, roles, started_at, seen_at, lease_until) VALUES ($1, $2, $3, $3, $4) \
    ON CONFLICT (id) DO UPDATE SET seen_at = $3, lease_until = $4";
const REMOVE: &str = "DELETE FROM nodes WHERE id = $1";
const LIST: &str = "SELECT id, roles, started_at, seen_at FROM nodes ORDER BY id";
/// Whether others hold leases, and whether any of them is dead: one statement, for an idle look is all it costs.
const LOOK: &str = "SELECT (SELECT count(*) FROM nodes WHERE lease_until > 0 AND id <> $1) AS leased, \
    (SELECT count(*) FROM nodes WHERE lease_until > 0 AND lease_until < $2 AND id <> $1) \
    + (SELECT count(*) FROM runs WHERE state = 'running' AND node_id <> $1 AND node_id NOT IN (SELECT id FROM nodes WHERE lease_until > 0 OR seen_at >= $3)) AS dead";
const EXPIRED: Sql = Sql::pair(
    "SELECT id FROM nodes WHERE lease_until > 0 AND lease_until < $1 AND id <> $2",
    "SELECT id FROM nodes WHERE lease_until > 0 AND lease_until < $1 AND id <> $2 FOR UPDATE SKIP LOCKED",
);
/// Nodes that left without a word while idle; they hold nothing.
const FORGET: &str = "DELETE FROM nodes WHERE lease_until = 0 AND seen_at < $1";
const TAKE_BACK: &str = "UPDATE runs SET state = 'queued', node_id = NULL, epoch = epoch + 1, due_at = $2 WHERE node_id = $1 AND state = 'running'";
/// A node that holds runs has a lease. One that has none, and was not seen for as long as a lease lasts, died after it gave its
/// lease up, with a run in its name that it did not know of: the answer to a commit was lost.
const RUNNING_ELSEWHERE: &str = "SELECT DISTINCT node_id FROM runs WHERE state = 'running' AND node_id NOT IN (SELECT id FROM nodes WHERE lease_until > 0 OR seen_at >= $1)";

/// This node's row.
#[derive(Debug)]
pub(crate) struct Nodes {
    id: NodeId,
    roles: String,
    /// When the committed lease ends, in microseconds; 0 without one.
    lease: AtomicI64,
    pending: AtomicI64,
    /// Held for reading from a lease's renewal until the runs that came with it are in memory, and for writing to give the
    /// lease up: so it is never given up under a run that is just being taken.
    pub(crate) gate: tokio::sync::RwLock<()>,
}

impl Nodes {
    pub(crate) fn new(roles: &[Role]) -> Self {
        let roles = roles.iter().map(|r| r.as_str()).collect::<Vec<_>>().join(",");
        Self { id: NodeId::generate(), roles, lease: AtomicI64::new(0), pending: AtomicI64::new(0), gate: tokio::sync::RwLock::default() }
    }

    pub(crate) fn id(&self) -> &NodeId {
        &self.id
    }

    /// Renews the lease within a transaction that writes anyway, if it is due.
    pub(crate) async fn renew_in(&self, tx: &mut Tx, now: Timestamp) -> Result<(), DbError> {
        let until = now.plus(LEASE);
        let committed = self.lease.load(Ordering::Acquire);
        self.pending.store(committed, Ordering::Release);
        if until.micros() - committed < i64::try_from(LEASE_RENEWAL.as_micros()).unwrap_or(0) {
            return Ok(());
        }
        self.write(tx, now, until.micros()).await
    }

    async fn write(&self, tx: &mut Tx, now: Timestamp, until: i64) -> Result<(), DbError> {
        tx.execute(sql(REGISTER).bind(self.id.as_str()).bind(&self.roles).bind(now).bind(until)).await?;
        if until > 0 && !self.has_lease() && tx.dialect() == Dialect::Postgres {
            // The others begin to watch.
            tx.execute(sql(NOTIFY).bind("busy")).await?;
        }
        self.pending.store(until, Ordering::Release);
        Ok(())
    }

    /// The transaction of [`Nodes::renew_in`] was committed.
    pub(crate) fn renewed(&self) {
        self.lease.store(self.pending.load(Ordering::Acquire), Ordering::Release);
    }

    pub(crate) fn has_lease(&self) -> bool {
        self.lease.load(Ordering::Acquire) > 0
    }

    /// Renews, or gives the lease up when nothing is held (`busy` false).
    pub(crate) async fn heartbeat(&self, db: &Db, now: Timestamp, busy: bool) -> Result<(), DbError> {
        let mut tx = db.begin().await?;
        self.write(&mut tx, now, if busy { now.plus(LEASE).micros() } else { 0 }).await?;
        if !busy {
            // Given up even if the answer gets lost: whoever takes a run next must write a lease, not trust the old one.
            self.lease.store(0, Ordering::Release);
        }
        tx.commit().await?;
        self.renewed();
        Ok(())
    }

    pub(crate) async fn leave(&self, db: &Db) -> Result<(), DbError> {
        let mut tx = db.begin().await?;
        tx.execute(sql(REMOVE).bind(self.id.as_str())).await?;
        tx.commit().await
    }

    /// Whether other nodes hold leases (there is somebody to watch), and whether some of them are dead.
    pub(crate) async fn look(&self, db: &Db, now: Timestamp) -> Result<(bool, bool), DbError> {
        let Some(row) = db.optional(sql(LOOK).bind(self.id.as_str()).bind(now).bind(now.minus(LEASE))).await? else { return Ok((false, false)) };
        Ok((row.get::<i64>("leased")? > 0, row.get::<i64>("dead")? > 0))
    }

    /// Gives the runs of dead nodes back to the queue. Answers how many.
    pub(crate) async fn bury(&self, db: &Db, now: Timestamp) -> Result<u64, DbError> {
        let mut tx = db.begin().await?;
        let mut freed = 0;
        let mut dead: Vec<NodeId> = Vec::new();
        for row in tx.all(sql(EXPIRED).bind(now).bind(self.id.as_str())).await? {
            dead.push(row.get("id")?);
        }
        // Runs in the name of a node that has no row or no lease: it was forgotten, or its start was never finished.
        for row in tx.all(sql(RUNNING_ELSEWHERE).bind(now.minus(LEASE))).await? {
            dead.extend(row.get::<Option<NodeId>>("node_id")?.filter(|n| *n != self.id));
        }
        for node in &dead {
            freed += tx.execute(sql(TAKE_BACK).bind(node.as_str()).bind(now)).await?;
            tx.execute(sql(REMOVE).bind(node.as_str())).await?;
            tracing::warn!(%node, freed, "a node stopped renewing its lease; its runs are queued again");
        }
        tx.execute(sql(FORGET).bind(now.minus(std::time::Duration::from_secs(300)))).await?;
        tx.commit().await?;
        Ok(freed)
    }

    /// The embedded file serves one process, so whoever is in it besides us is dead.
    pub(crate) async fn bury_all(&self, db: &Db, now: Timestamp) -> Result<u64, DbError> {
        if db.dialect() != Dialect::Sqlite {
            return self.bury(db, now).await;
        }
        let mut tx = db.begin().await?;
        let mut freed = 0;
        for row in tx.all(sql("SELECT DISTINCT node_id AS id FROM runs WHERE state = 'running'")).await? {
            if let Some(node) = row.get::<Option<NodeId>>("id")? {
                freed += tx.execute(sql(TAKE_BACK).bind(node.as_str()).bind(now)).await?;
            }
        }
        tx.execute(sql("DELETE FROM nodes WHERE id <> $1").bind(self.id.as_str())).await?;
        tx.commit().await?;
        Ok(freed)
    }
}

/// All nodes of the database.
///
/// # Errors
/// The database failed.
pub async fn list(tx: &mut Tx) -> Result<Vec<Node>, DbError> {
    let rows = tx.all(sql(LIST)).await?;
    rows.iter().map(|r| Ok(Node { id: r.get("id")?, roles: r.get("roles")?, started_at: r.time("started_at")?, seen_at: r.time("seen_at")? })).collect()
}
