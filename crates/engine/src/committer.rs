//! The one committer of a node: it groups the writes of all its runs into one transaction with one fsync.
//!
//! Every operation on a run is fenced by `(run, epoch)` in that transaction. When the answer to a COMMIT is lost the batch is
//! tried again: each write is keyed so that what was already committed is recognised, never repeated.

mod advance;
mod start;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use millrace_clock::Timestamp;
use millrace_db::{DbError, Dialect, Kind, Tx, sql};
use millrace_ids::RunId;
use tokio::sync::{mpsc, oneshot};

pub(crate) use advance::{Advance, Advanced, EntryDraft, Then, cancel_tree};
pub(crate) use start::Start;
pub use start::{NewRun, Parent, Started};

use crate::engine::{Inner, Slot};
use crate::limits::{COMMIT_BACKOFF_MAX, COMMIT_BATCH};
use crate::store::NOTIFY;
use crate::{EngineError, Run};

/// One operation and where its answer goes.
pub(crate) enum Job {
    Start(Box<Start>, oneshot::Sender<Result<Started, EngineError>>),
    Advance(Box<Advance>, oneshot::Sender<Result<Advanced, EngineError>>),
}

impl Job {
    fn is_wanted(&self) -> bool {
        match self {
            Self::Start(_, reply) => !reply.is_closed(),
            Self::Advance(_, reply) => !reply.is_closed(),
        }
    }

    fn refuse(self, error: EngineError) {
        match self {
            Self::Start(_, reply) => drop(reply.send(Err(error))),
            Self::Advance(_, reply) => drop(reply.send(Err(error))),
        }
    }
}

/// What one job came to.
enum Done {
    Started(Started),
    Advanced(Box<Advanced>),
    Refused(EngineError),
}

/// Whom to wake after the commit.
#[derive(Default)]
pub(crate) struct Wakes {
    pub(crate) queue: bool,
    pub(crate) timer: bool,
    pub(crate) runs: BTreeSet<RunId>,
    /// Runs inserted as ours, to be performed at once.
    pub(crate) handed: Vec<(Run, Slot)>,
}

/// A way to the committer.
#[derive(Clone)]
pub(crate) struct Committer(mpsc::Sender<Job>);

impl Committer {
    pub(crate) fn channel() -> (Self, mpsc::Receiver<Job>) {
        // Twice a batch: enough to fill the next one during an fsync; beyond that callers wait (back-pressure).
        let (sender, receiver) = mpsc::channel(COMMIT_BATCH * 2);
        (Self(sender), receiver)
    }

    pub(crate) async fn start(&self, start: Start) -> Result<Started, EngineError> {
        let (reply, answer) = oneshot::channel();
        self.0.send(Job::Start(Box::new(start), reply)).await.map_err(|_| EngineError::Stopping)?;
        answer.await.map_err(|_| EngineError::Stopping)?
    }

    pub(crate) async fn advance(&self, advance: Advance) -> Result<Advanced, EngineError> {
        let (reply, answer) = oneshot::channel();
        self.0.send(Job::Advance(Box::new(advance), reply)).await.map_err(|_| EngineError::Stopping)?;
        answer.await.map_err(|_| EngineError::Stopping)?
    }
}

/// Runs until the last sender is gone.
pub(crate) async fn run(inner: Arc<Inner>, mut jobs: mpsc::Receiver<Job>) {
    let mut batch = Vec::with_capacity(COMMIT_BATCH);
    while jobs.recv_many(&mut batch, COMMIT_BATCH).await > 0 {
        commit_until_done(&inner, std::mem::take(&mut batch)).await;
    }
}

/// Commits a batch; while the database is away it keeps the runs' operations and tries again.
async fn commit_until_done(inner: &Arc<Inner>, mut batch: Vec<Job>) {
    let mut pause = Duration::from_millis(20);
    let mut again = false;
    loop {
        batch.retain(Job::is_wanted);
        if batch.is_empty() {
            if again {
                // Nobody waits for the answer any more, but the rows may be there in our name.
                inner.request_sweep();
            }
            return;
        }
        // Kept until the runs handed over are in memory.
        let gate = inner.nodes.gate.read().await;
        let done = commit(inner, &batch, again).await;
        match done {
            Ok((answers, wakes)) => {
                inner.healthy(true);
                answer(inner, batch, answers, wakes);
                if again {
                    // A lost answer may have left rows in our name that nobody performs.
                    inner.request_sweep();
                }
                drop(gate);
                return;
            }
            Err(e) if e.kind() == Kind::Retry => {
                inner.healthy(false);
                tracing::warn!(error = %e, "commit failed; trying again");
                inner.request_sweep();
            }
            Err(e) if batch.len() > 1 => {
                tracing::warn!(error = %e, jobs = batch.len(), "a batch was refused; committing one by one");
                drop(gate);
                for job in batch {
                    Box::pin(commit_until_done(inner, vec![job])).await;
                }
                return;
            }
            Err(e) if e.kind() == Kind::Full && matches!(batch[0], Job::Advance(..)) => {
                inner.healthy(false);
                tracing::error!(error = %e, "the database is full; a run waits for room");
            }
            Err(e) => {
                tracing::error!(error = %e, "an operation was refused by the database");
                if let Some(job) = batch.pop() {
                    job.refuse(EngineError::Db(e));
                }
                return;
            }
        }
        // A new run that cannot be stored is refused rather than kept: its caller has the delivery and tries again.
        again = true;
        drop(gate);
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(COMMIT_BACKOFF_MAX);
    }
}

fn answer(inner: &Arc<Inner>, batch: Vec<Job>, answers: Vec<Done>, wakes: Wakes) {
    for (job, done) in batch.into_iter().zip(answers) {
        match (job, done) {
            (Job::Start(_, reply), Done::Started(started)) => drop(reply.send(Ok(started))),
            (Job::Advance(_, reply), Done::Advanced(advanced)) => drop(reply.send(Ok(*advanced))),
            (job, Done::Refused(error)) => job.refuse(error),
            (job, _) => job.refuse(EngineError::Stopping),
        }
    }
    inner.woken(wakes);
}

async fn commit(inner: &Arc<Inner>, batch: &[Job], again: bool) -> Result<(Vec<Done>, Wakes), DbError> {
    let now = inner.clock.now();
    let mut tx = inner.db.begin().await?;
    let mut wakes = Wakes::default();
    let mut answers: Vec<Option<Done>> = batch.iter().map(|_| None).collect();
    start::apply(inner, &mut tx, batch, &mut answers, &mut wakes, now, again).await?;
    advance::apply(inner, &mut tx, batch, &mut answers, &mut wakes, now, again).await?;
    if batch.iter().any(|j| matches!(j, Job::Advance(..))) || !wakes.handed.is_empty() {
        inner.nodes.renew_in(&mut tx, now).await?;
    }
    notify(&mut tx, inner, &wakes).await?;
    tx.commit().await?;
    inner.nodes.renewed();
    let answers = answers.into_iter().map(|a| a.unwrap_or(Done::Refused(EngineError::Fenced))).collect();
    Ok((answers, wakes))
}

/// Tells the other nodes of one PostgreSQL; they hear it when this transaction commits.
async fn notify(tx: &mut Tx, inner: &Inner, wakes: &Wakes) -> Result<(), DbError> {
    if tx.dialect() != Dialect::Postgres {
        return Ok(());
    }
    if wakes.queue {
        tx.execute(sql(NOTIFY).bind("queue")).await?;
    }
    if wakes.timer {
        tx.execute(sql(NOTIFY).bind("timer")).await?;
    }
    for run in wakes.runs.iter().filter(|r| !inner.holds(r)) {
        tx.execute(sql(NOTIFY).bind(run.as_str())).await?;
    }
    Ok(())
}

/// The later of two instants: a program's clock never goes back, whatever the wall clock does.
pub(crate) fn later(a: Timestamp, b: Timestamp) -> Timestamp {
    if a > b { a } else { b }
}
