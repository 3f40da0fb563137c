//! The nodes that share a database. A node that holds runs renews one lease; who stops renewing is dead, and its runs go back
//! to the queue under a new epoch, so that a zombie's writes meet a fence.
//!
//! Nobody's wall clock decides about a lease: a node is dead when its row has not changed for the length of a lease by the
//! stopwatch of the one who looks. Clocks that differ, or are moved, kill nobody and keep nobody alive.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicI64, Ordering};

use millrace_clock::Timestamp;
use millrace_db::{Db, DbError, Dialect, Sql, Tx, sql};
use millrace_ids::NodeId;
use parking_lot::Mutex;
use tokio::time::Instant;

use crate::limits::{LEASE, LEASE_RENEWAL};
use crate::measure::{LEASE_LOST, LEASE_RENEWED, TAKEN_BACK};
use crate::settings::Role;
use crate::Run;
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
    /// The program's version; none of a release that did not say.
    pub version: Option<String>,
}

const REGISTER: &str = "INSERT INTO nodes (id, roles, started_at, seen_at, lease_until, version) VALUES ($1, $2, $3, $3, $4, $5) \
    ON CONFLICT (id) DO UPDATE SET seen_at = $3, lease_until = $4";
const REMOVE: &str = "DELETE FROM nodes WHERE id = $1";
const LIST: &str = "SELECT id, roles, started_at, seen_at, version FROM nodes ORDER BY id";
/// The leases of others, and whether runs are in the name of nobody: one statement, for an idle look is all it costs. Only nodes
/// on PostgreSQL have neighbours; the other text is what simulations of them run on.
const LOOK: Sql = Sql::pair(
    "SELECT (SELECT json_group_object(id, lease_until) FROM nodes WHERE lease_until > 0 AND id <> $1) AS leases, \
     (SELECT count(*) FROM runs WHERE state = 'running' AND node_id <> $1 AND node_id NOT IN (SELECT id FROM nodes WHERE lease_until > 0 OR seen_at >= $2)) AS ownerless",
    "SELECT (SELECT json_object_agg(id, lease_until)::text FROM nodes WHERE lease_until > 0 AND id <> $1) AS leases, \
     (SELECT count(*) FROM runs WHERE state = 'running' AND node_id <> $1 AND node_id NOT IN (SELECT id FROM nodes WHERE lease_until > 0 OR seen_at >= $2)) AS ownerless",
);
/// Compare-and-set: the lease is still the one that was watched, and nobody is renewing it just now.
const EXPIRED: Sql = Sql::pair(
    "SELECT id FROM nodes WHERE id = $1 AND lease_until = $2",
    "SELECT id FROM nodes WHERE id = $1 AND lease_until = $2 FOR UPDATE SKIP LOCKED",
);
const OWNS: &str = "SELECT 1 AS one FROM runs WHERE id = $1 AND epoch = $2 AND state = 'running'";
/// Nodes that left without a word while idle; they hold nothing.
const FORGET: &str = "DELETE FROM nodes WHERE lease_until = 0 AND seen_at < $1";
/// They keep their place in the queue: what was under way goes before what is new.
const TAKE_BACK: &str = "UPDATE runs SET state = 'queued', node_id = NULL, epoch = epoch + 1 WHERE node_id = $1 AND state = 'running'";
/// A node that holds runs has a lease. One that has none, and was not seen for as long as a lease lasts, died after it gave its
/// lease up, with a run in its name that it did not know of: the answer to a commit was lost.
const RUNNING_ELSEWHERE: &str = "SELECT DISTINCT node_id FROM runs WHERE state = 'running' AND node_id NOT IN (SELECT id FROM nodes WHERE lease_until > 0 OR seen_at >= $1)";

/// A lease that a transaction has written and not committed yet, and when it was asked for by stopwatch; several transactions
/// of a node may be under way at once.
#[must_use]
#[derive(Debug, Clone, Copy)]
pub(crate) struct Renewal(Option<(i64, Instant)>);

/// What a look at the other nodes came to.
#[derive(Debug, Default)]
pub(crate) struct Look {
    /// Somebody holds a lease.
    pub(crate) watched: bool,
    /// Runs are in the name of a node that has no row.
    pub(crate) ownerless: bool,
    /// Nodes whose lease ran out, and the lease that did.
    pub(crate) dead: Vec<(NodeId, i64)>,
}

/// This node's row.
#[derive(Debug)]
pub(crate) struct Nodes {
    id: NodeId,
    roles: String,
    /// When the committed lease ends, in microseconds; 0 without one.
    lease: AtomicI64,
    /// When the committed lease was asked for, by stopwatch.
    since: Mutex<Instant>,
    /// The leases of others as last seen, and since when they look so.
    seen: Mutex<HashMap<NodeId, (i64, Instant)>>,
    /// Held for reading from a lease's renewal until the runs that came with it are in memory, and for writing to give the
    /// lease up: so it is never given up under a run that is just being taken.
    pub(crate) gate: tokio::sync::RwLock<()>,
}

impl Nodes {
    pub(crate) fn new(roles: &[Role]) -> Self {
        let roles = roles.iter().map(|r| r.as_str()).collect::<Vec<_>>().join(",");
        Self {
            id: NodeId::generate(),
            roles,
            lease: AtomicI64::new(0),
            since: Mutex::new(Instant::now()),
            seen: Mutex::default(),
            gate: tokio::sync::RwLock::default(),
        }
    }

    pub(crate) fn id(&self) -> &NodeId {
        &self.id
    }

    /// Renews the lease within a transaction that writes anyway, if it is due.
    pub(crate) async fn renew_in(&self, tx: &mut Tx, now: Timestamp) -> Result<Renewal, DbError> {
        let until = now.plus(LEASE);
        let committed = self.lease.load(Ordering::Acquire);
        if committed > 0 && self.since.lock().elapsed() < LEASE_RENEWAL {
            return Ok(Renewal(None));
        }
        self.write(tx, now, until.micros()).await
    }

    async fn write(&self, tx: &mut Tx, now: Timestamp, until: i64) -> Result<Renewal, DbError> {
        let asked = Instant::now();
        if self.has_lease() && self.is_lapsed() {
            LEASE_LOST.increment(1);
        }
        tx.execute(sql(REGISTER).bind(self.id.as_str()).bind(&self.roles).bind(now).bind(until).bind(env!("CARGO_PKG_VERSION"))).await?;
        if until > 0 && !self.has_lease() && tx.dialect() == Dialect::Postgres {
            // The others begin to watch.
            tx.execute(sql(NOTIFY).bind("busy")).await?;
        }
        Ok(Renewal(Some((until, asked))))
    }

    /// Whether our own lease may have run out in the eyes of others: then what is in memory may not be ours any more.
    pub(crate) fn is_lapsed(&self) -> bool {
        self.since.lock().elapsed() >= LEASE
    }

    /// Whether a run is still ours.
    pub(crate) async fn owns(&self, db: &Db, run: &Run) -> Result<bool, DbError> {
        Ok(db.optional(sql(OWNS).bind(run.id.as_str()).bind(run.epoch)).await?.is_some())
    }

    /// The transaction of [`Nodes::renew_in`] was committed.
    pub(crate) fn renewed(&self, renewal: Renewal) {
        if let Some((until, asked)) = renewal.0 {
            self.lease.store(until, Ordering::Release);
            let mut since = self.since.lock();
            *since = asked.max(*since);
            LEASE_RENEWED.increment(u64::from(until > 0));
        }
    }

    pub(crate) fn has_lease(&self) -> bool {
        self.lease.load(Ordering::Acquire) > 0
    }

    /// Renews, or gives the lease up when nothing is held (`busy` false).
    pub(crate) async fn heartbeat(&self, db: &Db, now: Timestamp, busy: bool) -> Result<(), DbError> {
        let mut tx = db.begin().await?;
        let renewal = self.write(&mut tx, now, if busy { now.plus(LEASE).micros() } else { 0 }).await?;
        if !busy {
            // Given up even if the answer gets lost: whoever takes a run next must write a lease, not trust the old one.
            self.lease.store(0, Ordering::Release);
        }
        tx.commit().await?;
        self.renewed(renewal);
        Ok(())
    }

    pub(crate) async fn leave(&self, db: &Db) -> Result<(), DbError> {
        let mut tx = db.begin().await?;
        tx.execute(sql(REMOVE).bind(self.id.as_str())).await?;
        tx.commit().await
    }

    /// Looks at the other nodes: whether any holds a lease (there is somebody to watch), and what there is to bury.
    pub(crate) async fn look(&self, db: &Db, now: Timestamp) -> Result<Look, DbError> {
        let Some(row) = db.optional(sql(LOOK).bind(self.id.as_str()).bind(now.minus(LEASE))).await? else { return Ok(Look::default()) };
        let leases: BTreeMap<String, i64> = match row.get::<Option<String>>("leases")? {
            Some(text) => serde_json::from_str(&text).map_err(|e| DbError::Schema(format!("leases of nodes: {e}")))?,
            None => BTreeMap::new(),
        };
        let leases: BTreeMap<NodeId, i64> = leases.into_iter().map(|(id, lease)| (NodeId::from_stored(id), lease)).collect();
        let now = Instant::now();
        let mut seen = self.seen.lock();
        seen.retain(|id, _| leases.contains_key(id));
        let mut look = Look { watched: !leases.is_empty(), ownerless: row.get::<i64>("ownerless")? > 0, dead: Vec::new() };
        for (id, lease) in leases {
            let (known, since) = *seen.entry(id.clone()).and_modify(|s| if s.0 != lease { *s = (lease, now) }).or_insert((lease, now));
            if now.duration_since(since) >= LEASE {
                look.dead.push((id, known));
            }
        }
        Ok(look)
    }

    /// Gives the runs of dead nodes back to the queue. Answers how many.
    pub(crate) async fn bury(&self, db: &Db, now: Timestamp, dead: &[(NodeId, i64)]) -> Result<u64, DbError> {
        let mut tx = db.begin().await?;
        let mut freed = 0;
        let mut gone: Vec<NodeId> = Vec::new();
        for (node, lease) in dead {
            for row in tx.all(sql(EXPIRED).bind(node.as_str()).bind(*lease)).await? {
                gone.push(row.get("id")?);
            }
        }
        // Runs in the name of a node that has no row or no lease: it was forgotten, or its start was never finished.
        for row in tx.all(sql(RUNNING_ELSEWHERE).bind(now.minus(LEASE))).await? {
            gone.extend(row.get::<Option<NodeId>>("node_id")?.filter(|n| *n != self.id));
        }
        for node in &gone {
            freed += tx.execute(sql(TAKE_BACK).bind(node.as_str())).await?;
            tx.execute(sql(REMOVE).bind(node.as_str())).await?;
            tracing::warn!(%node, freed, "a node stopped renewing its lease; its runs are queued again");
        }
        if freed > 0 && tx.dialect() == Dialect::Postgres {
            // Everybody who has room.
            tx.execute(sql(NOTIFY).bind("queue")).await?;
        }
        tx.execute(sql(FORGET).bind(now.minus(std::time::Duration::from_secs(300)))).await?;
        tx.commit().await?;
        TAKEN_BACK.increment(freed);
        Ok(freed)
    }

    /// The embedded file serves one process, so whoever is in it besides us is dead.
    pub(crate) async fn bury_all(&self, db: &Db, now: Timestamp) -> Result<u64, DbError> {
        if db.dialect() != Dialect::Sqlite {
            // Who holds a lease is watched first; who has no row cannot come back.
            return self.bury(db, now, &[]).await;
        }
        let mut tx = db.begin().await?;
        let mut freed = 0;
        for row in tx.all(sql("SELECT DISTINCT node_id AS id FROM runs WHERE state = 'running'")).await? {
            if let Some(node) = row.get::<Option<NodeId>>("id")? {
                freed += tx.execute(sql(TAKE_BACK).bind(node.as_str())).await?;
            }
        }
        tx.execute(sql("DELETE FROM nodes WHERE id <> $1").bind(self.id.as_str())).await?;
        tx.commit().await?;
        TAKEN_BACK.increment(freed);
        Ok(freed)
    }
}

/// All nodes of the database.
///
/// # Errors
/// The database failed.
pub async fn list(tx: &mut Tx) -> Result<Vec<Node>, DbError> {
    let rows = tx.all(sql(LIST)).await?;
    rows.iter().map(|r| Ok(Node { id: r.get("id")?, roles: r.get("roles")?, started_at: r.time("started_at")?, seen_at: r.time("seen_at")?, version: r.get("version")? })).collect()
}
