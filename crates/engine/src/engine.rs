//! The engine of one node: its public use cases, its slots, and its loops.

mod loops;
mod quiet;
mod slots;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use millrace_clock::{Clock, Timestamp};
use millrace_db::{Db, DbError, Dialect, Kind, Tx, sql};
use millrace_ids::{RunId, TenantId};
use parking_lot::Mutex;
use tokio::sync::{Notify, Semaphore};

pub use quiet::Coming;
pub(crate) use slots::Slot;

use crate::run::columns;
use crate::claim::Cursor;
use crate::committer::{Committer, Start, Wakes, cancel_tree, run_row};
use crate::limits::{QUEUE_LOOK, START_TIMEOUT};
use crate::measure;
use crate::nodes::Nodes;
use crate::pace::Pace;
use crate::payload::PayloadStore;
use crate::settings::{Role, Settings};
use crate::store::{INSERT_RUNS, LOCK_RUN, NOTIFY, Rows};
use crate::{Also, EngineError, NewRun, Node, Outcome, Perform, Run, RunState, Started, driver, nothing, waits};

/// A durable engine; clone it freely.
#[derive(Clone)]
pub struct Engine(Arc<Inner>);

/// What all parts of a node's engine share.
pub(crate) struct Inner {
    pub(crate) db: Db,
    pub(crate) clock: Clock,
    pub(crate) perform: Arc<dyn Perform>,
    pub(crate) payloads: PayloadStore,
    pub(crate) settings: Settings,
    pub(crate) nodes: Nodes,
    pub(crate) cursor: Cursor,
    pub(crate) pace: Arc<Pace>,
    committer: Mutex<Option<Committer>>,
    slots: Arc<Semaphore>,
    tenants: Arc<Mutex<HashMap<TenantId, usize>>>,
    held: Mutex<BTreeMap<RunId, Arc<Notify>>>,
    /// Held runs that only wait for news.
    pub(crate) resting: AtomicUsize,
    /// How often a run has ceased to rest.
    pub(crate) moves: AtomicU64,
    queue: Arc<Notify>,
    timer: Notify,
    /// Another node took a lease: there is somebody to watch.
    watch: Notify,
    /// This node took runs: its lease has to be renewed.
    lease: Notify,
    sweep: AtomicBool,
    database_ok: AtomicBool,
    stopping: AtomicBool,
    stopped: Notify,
}

/// What waits for a free slot.
#[derive(Debug, Clone, Copy, Default)]
pub struct Queue {
    /// Queued runs, counted up to [`crate::limits::QUEUE_LOOK`].
    pub depth: u64,
    /// How long the oldest of those counted has been due.
    pub oldest: Duration,
}

const QUEUE: &str = "SELECT count(*) AS depth, min(due_at) AS oldest FROM (SELECT due_at FROM runs WHERE state = 'queued' LIMIT $1) AS queue";
const CANCEL_TARGET: &str = concat!("SELECT ", columns!(), " FROM runs WHERE tenant_id = $1 AND id = $2");
const LOOK_AGAIN: &str = "UPDATE runs SET state = 'queued', due_at = $3 WHERE state = 'waiting' AND id IN \
    (SELECT id FROM runs WHERE tenant_id = $1 AND subject = $2 AND state = 'waiting' ORDER BY id LIMIT 1000) RETURNING id";
const CANCEL_SUBJECT: &str = concat!("SELECT ", columns!(), " FROM runs WHERE tenant_id = $1 AND subject = $2 AND state IN ('queued', 'running', 'waiting') LIMIT 1000");

impl Engine {
    /// An engine on an open, migrated database. Nothing moves before [`Engine::start_loops`].
    pub fn new(db: Db, clock: Clock, perform: Arc<dyn Perform>, payloads: PayloadStore, settings: Settings) -> Self {
        let (committer, lanes) = Committer::channel(db.dialect());
        let queue = Arc::new(Notify::new());
        let inner = Arc::new(Inner {
            db,
            clock,
            perform,
            payloads,
            nodes: Nodes::new(&settings.roles),
            cursor: Cursor::default(),
            pace: Arc::new(Pace::new(settings.moving, queue.clone())),
            committer: Mutex::new(Some(committer)),
            slots: Arc::new(Semaphore::new(settings.slots)),
            tenants: Arc::default(),
            held: Mutex::default(),
            resting: AtomicUsize::new(0),
            moves: AtomicU64::new(0),
            queue,
            timer: Notify::new(),
            watch: Notify::new(),
            lease: Notify::new(),
            sweep: AtomicBool::new(false),
            database_ok: AtomicBool::new(true),
            stopping: AtomicBool::new(false),
            stopped: Notify::new(),
            settings,
        });
        for jobs in lanes {
            tokio::spawn(crate::committer::run(inner.clone(), jobs));
        }
        Self(inner)
    }

    /// Registers the node, takes back what the dead held, and begins to work.
    ///
    /// # Errors
    /// The database failed.
    pub async fn start_loops(&self) -> Result<(), EngineError> {
        let now = self.0.clock.now();
        self.0.nodes.heartbeat(&self.0.db, now, false).await?;
        tracing::info!(node = %self.0.nodes.id(), "this node has joined");
        let freed = self.0.nodes.bury_all(&self.0.db, now).await?;
        if freed > 0 {
            tracing::info!(runs = freed, "runs of a node that stopped are queued again");
        }
        loops::start(&self.0);
        Ok(())
    }

    /// Stops taking runs, gives those in memory `patience` to reach a stop, and leaves. Runs that are not done go on elsewhere.
    pub async fn shutdown(&self, patience: Duration) {
        self.0.stopping.store(true, Ordering::Release);
        for notify in [&*self.0.queue, &self.0.timer, &self.0.watch, &self.0.lease] {
            notify.notify_waiters();
            notify.notify_one();
        }
        let drained = async {
            while !self.0.held.lock().is_empty() {
                self.0.stopped.notified().await;
            }
        };
        if tokio::time::timeout(patience, drained).await.is_err() {
            tracing::warn!(runs = self.0.held.lock().len(), "stopping with runs in memory; they continue on the next node");
        }
        // Held runs keep clones of the committer's sender only while they write.
        self.0.committer.lock().take();
        if let Err(e) = self.0.hand_back().await {
            tracing::warn!(error = %e, "could not give runs back at once; the lease will");
        }
    }

    /// Accepts a run. It is durable when this returns; the same delivery within 24 h answers the same run.
    ///
    /// # Errors
    /// [`EngineError::Unavailable`] when the database is away: nothing was accepted, or the caller's delivery id will tell.
    pub async fn start(&self, new: NewRun) -> Result<Started, EngineError> {
        self.0.start(new).await
    }

    /// Asks a run and everything it started to stop. Answers `false` when it had ended already.
    ///
    /// # Errors
    /// No such run, or the database failed.
    pub async fn cancel(&self, tenant: &TenantId, id: &RunId, reason: &str) -> Result<bool, EngineError> {
        self.cancel_with(tenant, id, reason, nothing()).await
    }

    /// As [`Engine::cancel`], with further writes if there is something to cancel.
    ///
    /// # Errors
    /// As [`Engine::cancel`].
    pub async fn cancel_with(&self, tenant: &TenantId, id: &RunId, reason: &str, also: Also) -> Result<bool, EngineError> {
        let mut tx = self.0.db.of(tenant.as_str()).begin().await?;
        let row = tx.optional(sql(CANCEL_TARGET).bind(tenant.as_str()).bind(id.as_str())).await?.ok_or(EngineError::NotFound)?;
        let run = Run::from_row(&row)?;
        if run.state.is_terminal() {
            return Ok(false);
        }
        self.0.cancel_in(tx, &[run], reason, Some((also, id))).await?;
        Ok(true)
    }

    /// Asks all unfinished runs of a subject to stop.
    ///
    /// # Errors
    /// The database failed.
    pub async fn cancel_subject(&self, tenant: &TenantId, subject: &str, reason: &str) -> Result<usize, EngineError> {
        self.cancel_subject_but(tenant, subject, reason, &[]).await
    }

    /// As [`Engine::cancel_subject`], but for these runs, which the answer counts as well.
    ///
    /// # Errors
    /// The database failed.
    pub async fn cancel_subject_but(&self, tenant: &TenantId, subject: &str, reason: &str, but: &[RunId]) -> Result<usize, EngineError> {
        let mut tx = self.0.db.of(tenant.as_str()).begin().await?;
        let rows = tx.all(sql(CANCEL_SUBJECT).bind(tenant.as_str()).bind(subject)).await?;
        let mut runs = rows.iter().map(Run::from_row).collect::<Result<Vec<_>, _>>()?;
        let count = runs.len();
        runs.retain(|run| !but.contains(&run.id));
        self.0.cancel_in(tx, &runs, reason, None).await?;
        Ok(count)
    }

    /// Lets a subject's waiting runs look again at whether they may go on: each is opened, and either waits as before or ends as
    /// [`ProgramError::Refused`](crate::ProgramError::Refused). Answers how many there were; at most 1,000 at once.
    ///
    /// # Errors
    /// The database failed.
    pub async fn look_again(&self, tenant: &TenantId, subject: &str) -> Result<usize, EngineError> {
        let now = self.0.clock.now();
        let mut tx = self.0.db.of(tenant.as_str()).begin().await?;
        let rows = tx.all(sql(LOOK_AGAIN).bind(tenant.as_str()).bind(subject).bind(now)).await?;
        let woken = rows.iter().map(|row| row.get("id")).collect::<Result<Vec<RunId>, _>>()?;
        self.0.notify_in(&mut tx, woken.iter()).await?;
        tx.commit().await?;
        self.0.wake_runs(woken.iter());
        Ok(woken.len())
    }

    /// Starts a failed or cancelled run again from its beginning, as a new run that names it, pinned to this revision of
    /// its subject.
    ///
    /// # Errors
    /// No such run, or it has not failed.
    pub async fn retry(&self, tenant: &TenantId, id: &RunId, subject_revision: Option<i64>) -> Result<Started, EngineError> {
        self.retry_with(tenant, id, subject_revision, nothing()).await
    }

    /// As [`Engine::retry`], with further writes. A retry is seldom: it commits by itself, not in a group.
    ///
    /// # Errors
    /// As [`Engine::retry`].
    pub async fn retry_with(&self, tenant: &TenantId, id: &RunId, subject_revision: Option<i64>, also: Also) -> Result<Started, EngineError> {
        let mut tx = self.0.db.of(tenant.as_str()).read().await?;
        let run = crate::run::get(&mut tx, tenant, id).await?.ok_or(EngineError::NotFound)?;
        drop(tx);
        if !matches!(run.state, RunState::Failed | RunState::Cancelled) {
            return Err(EngineError::Conflict(format!("Only a failed or cancelled run can be retried; this one is {}.", run.state)));
        }
        let input = self.0.payloads.get(tenant, &run.input).await?;
        let mut new = NewRun::new(run.tenant, &run.kind, run.subject, run.program, run.trigger, input);
        new.retry_of = Some(run.id);
        new.subject_revision = subject_revision;
        new.attempt = run.attempt + 1;
        let started = Started { run_id: new.id.clone(), duplicate: false };
        let now = self.0.clock.now();
        let input = self.0.payloads.put(tenant, std::mem::take(&mut new.input), now).await?;
        let mut rows = Rows::default();
        rows.push(run_row(&Start { new, input }, None, now));
        let mut tx = self.0.db.of(tenant.as_str()).begin().await?;
        rows.write(&mut tx, INSERT_RUNS).await?;
        self.0.notify_in(&mut tx, std::iter::once(&started.run_id)).await?;
        also(&mut tx, &started.run_id).await?;
        tx.commit().await?;
        measure::STARTED.increment(1);
        self.0.wake_runs(std::iter::once(&started.run_id));
        Ok(started)
    }

    /// Gives an event to the tenant's runs that wait for its name and whose `match` fits. Answers how many it woke.
    ///
    /// # Errors
    /// The database failed.
    pub async fn publish_event(&self, tenant: &TenantId, name: &str, data: &serde_json::Value) -> Result<u64, EngineError> {
        let now = self.0.clock.now();
        let mut tx = self.0.db.of(tenant.as_str()).begin().await?;
        let outcome = Outcome::value(serde_json::json!({ "name": name, "data": data }).to_string());
        let waiting = waits::by_key(&mut tx, tenant, "event", name).await?;
        let fitting: Vec<_> = waiting.into_iter().filter(|wait| waits::matches(&wait.args, data)).map(|wait| (wait, outcome.clone())).collect();
        let delivered = waits::deliver_all(&mut tx, &fitting, now).await?;
        self.0.notify_of(&mut tx, &delivered).await?;
        // Woken even if the answer was lost: the outcomes may lie in the inboxes.
        let done = tx.commit().await;
        self.0.wake_runs(delivered.runs.iter());
        done?;
        Ok(delivered.runs.len() as u64)
    }

    /// Gives an outcome to whoever waits for `key`, in the caller's transaction. Call [`Engine::wake`] after its commit.
    /// Answers whether somebody waited and this outcome was the first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn settle(&self, tx: &mut Tx, tenant: &TenantId, kind: &str, key: &str, outcome: &Outcome) -> Result<bool, DbError> {
        let now = self.0.clock.now();
        let mut first = false;
        let mut woken = Vec::new();
        for wait in waits::by_key(tx, tenant, kind, key).await? {
            if waits::deliver(tx, &wait, outcome, now).await? {
                first = true;
                woken.push(wait.run_id);
            }
        }
        self.0.notify_in(tx, woken.iter()).await?;
        Ok(first)
    }

    /// Looks at queue, timers and inboxes now: something changed outside the engine's sight (a commit, the clock).
    pub fn wake(&self) {
        self.0.queue.notify_one();
        self.0.timer.notify_one();
        for notify in self.0.held.lock().values() {
            notify.notify_one();
        }
    }

    pub(crate) fn inner(&self) -> &Arc<Inner> {
        &self.0
    }

    /// Whether the last word from the database was good.
    pub fn is_healthy(&self) -> bool {
        self.0.database_ok.load(Ordering::Acquire) && !self.0.is_stopping()
    }

    /// Runs in this node's memory.
    pub fn held(&self) -> usize {
        self.0.held.lock().len()
    }

    /// Runs that this node may hold at once.
    pub fn slots(&self) -> usize {
        self.0.settings.slots
    }

    /// How much waits for a free slot, on all nodes together. Reads the queue's index: ask seldom.
    ///
    /// # Errors
    /// The database failed.
    pub async fn queue(&self) -> Result<Queue, EngineError> {
        let Some(row) = self.0.db.optional(sql(QUEUE).bind(QUEUE_LOOK)).await? else { return Ok(Queue::default()) };
        let age = row.time_opt("oldest")?.map_or(Duration::ZERO, |oldest| self.0.clock.now().since(oldest));
        Ok(Queue { depth: u64::try_from(row.get::<i64>("depth")?).unwrap_or(0), oldest: age })
    }

    /// The nodes of this database.
    ///
    /// # Errors
    /// The database failed.
    pub async fn nodes(&self) -> Result<Vec<Node>, EngineError> {
        let mut tx = self.0.db.read().await?;
        Ok(crate::nodes::list(&mut tx).await?)
    }

    /// This node.
    pub fn node(&self) -> &millrace_ids::NodeId {
        self.0.nodes.id()
    }

    /// Where large payloads are.
    pub fn payloads(&self) -> &PayloadStore {
        &self.0.payloads
    }

    /// One step of forgetting what is past its time; the scheduler also does this by itself.
    ///
    /// # Errors
    /// The database failed.
    pub async fn forget(&self) -> Result<bool, EngineError> {
        crate::retention::tick(&self.0, self.0.clock.now()).await
    }
}

impl Inner {
    pub(crate) async fn start(&self, mut new: NewRun) -> Result<Started, EngineError> {
        let input = self.payloads.put(&new.tenant, std::mem::take(&mut new.input), self.clock.now()).await?;
        let committer = self.committer()?;
        match tokio::time::timeout(START_TIMEOUT, committer.start(Start { new, input })).await {
            Ok(Err(EngineError::Db(e))) if e.kind() == Kind::Retry => Err(EngineError::Unavailable),
            Ok(answer) => answer,
            Err(_) => Err(EngineError::Unavailable),
        }
    }

    async fn cancel_in(&self, mut tx: Tx, runs: &[Run], reason: &str, also: Option<(Also, &RunId)>) -> Result<(), EngineError> {
        let now = self.clock.now();
        let mut wakes = Wakes::default();
        for run in runs {
            // The lock orders us against the run's own committer; the state is looked at again under it.
            if let Some(row) = tx.optional(sql(LOCK_RUN).bind(run.id.as_str())).await? {
                cancel_tree(self, &mut tx, &Run::from_row(&row)?, reason, &mut wakes, now).await?;
            }
        }
        self.notify_in(&mut tx, wakes.runs.iter()).await?;
        if let Some((also, id)) = also {
            also(&mut tx, id).await?;
        }
        let done = tx.commit().await;
        if done.is_ok() {
            measure::cancelled(&*self.perform, &wakes.cancelled);
        }
        self.wake_runs(wakes.runs.iter());
        Ok(done?)
    }

    pub(crate) fn committer(&self) -> Result<Committer, EngineError> {
        self.committer.lock().clone().ok_or(EngineError::Stopping)
    }

    pub(crate) fn healthy(&self, ok: bool) {
        self.database_ok.store(ok, Ordering::Release);
    }

    pub(crate) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Acquire)
    }

    /// Whether runs may be in our name that are in nobody's memory.
    pub(crate) fn sweep_is_due(&self) -> bool {
        self.sweep.load(Ordering::Acquire)
    }

    pub(crate) fn request_sweep(&self) {
        self.sweep.store(true, Ordering::Release);
        self.queue.notify_one();
    }

    /// Marks a run as in this node's memory; the answer wakes it.
    pub(crate) fn hold(&self, run: &RunId) -> Arc<Notify> {
        let notify = Arc::new(Notify::new());
        self.held.lock().insert(run.clone(), notify.clone());
        notify
    }

    pub(crate) fn holds(&self, run: &RunId) -> bool {
        self.held.lock().contains_key(run)
    }

    /// Takes a run out of this node's memory. A later activation of the same run may have noted itself meanwhile: it stays.
    pub(crate) fn release(&self, run: &RunId, wake: &Arc<Notify>) {
        let mut held = self.held.lock();
        if held.get(run).is_some_and(|known| Arc::ptr_eq(known, wake)) {
            held.remove(run);
        }
        drop(held);
        self.queue.notify_one();
        if self.is_stopping() {
            self.stopped.notify_one();
        }
    }

    /// Tells the other nodes what was delivered; part of the caller's transaction.
    pub(crate) async fn notify_of(&self, tx: &mut Tx, delivered: &waits::Delivered) -> Result<(), DbError> {
        self.notify_in(tx, delivered.held.iter()).await?;
        if delivered.held.is_empty() && !delivered.runs.is_empty() && tx.dialect() == Dialect::Postgres {
            tx.execute(sql(NOTIFY).bind("queue")).await?;
        }
        Ok(())
    }

    /// Tells the other nodes about runs that have news; part of the caller's transaction.
    pub(crate) async fn notify_in<'a>(&self, tx: &mut Tx, runs: impl Iterator<Item = &'a RunId> + Send) -> Result<(), DbError> {
        if tx.dialect() != Dialect::Postgres {
            return Ok(());
        }
        let mut any = false;
        for run in runs {
            any = true;
            if !self.holds(run) {
                tx.execute(sql(NOTIFY).bind(run.as_str())).await?;
            }
        }
        if any {
            tx.execute(sql(NOTIFY).bind("queue")).await?;
        }
        Ok(())
    }

    /// Wakes runs in this node's memory, and the queue for the others.
    pub(crate) fn wake_runs<'a>(&self, runs: impl Iterator<Item = &'a RunId>) {
        let held = self.held.lock();
        for run in runs {
            if let Some(notify) = held.get(run) {
                notify.notify_one();
            }
        }
        drop(held);
        self.queue.notify_one();
    }

    /// After a commit of the committer.
    pub(crate) fn woken(self: &Arc<Self>, wakes: Wakes) {
        if wakes.timer {
            self.timer.notify_one();
        }
        if wakes.queue || !wakes.runs.is_empty() {
            self.wake_runs(wakes.runs.iter());
        }
        if !wakes.handed.is_empty() {
            self.lease.notify_one();
        }
        for (run, slot) in wakes.handed {
            measure::QUEUE_WAIT.record(0.0);
            self.spawn(run, slot, true);
        }
    }

    pub(crate) fn spawn(self: &Arc<Self>, run: Run, slot: Slot, fresh: bool) {
        let inner = self.clone();
        let id = run.id.clone();
        let wake = inner.hold(&id);
        let task = tokio::spawn(driver::drive(inner.clone(), run, slot, wake.clone(), fresh));
        tokio::spawn(async move {
            if let Err(e) = task.await {
                // A bug of ours: the run is given back by epoch, as if this node had died for it alone.
                tracing::error!(run_id = %id, error = %e, "performing a run panicked");
                inner.release(&id, &wake);
                inner.request_sweep();
            }
        });
    }

    /// Looks at the queue again when a run that was given back is due.
    pub(crate) fn look_again_after(self: Arc<Self>, pause: Duration) {
        tokio::spawn(async move {
            tokio::time::sleep(pause).await;
            self.queue.notify_one();
        });
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Whether this node performs runs.
    pub(crate) fn works(&self) -> bool {
        self.settings.has(Role::Worker) && !self.is_stopping()
    }
}
