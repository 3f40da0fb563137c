//! Resuming a run that failed or was cancelled, on the same program or on another: a new run that begins with the part of the
//! old journal that still fits, and goes on live from there.
//!
//! The new run has the old one's seed, clock, generation and input, and to its program it is the same run ([`Run::origin`]),
//! so that the calls it made are the calls it makes. Effects in the part that was taken over are not performed again. What
//! was open when the old run ended (a timer, an approval, a child) is asked for anew. Log lines are not copied: the new
//! program writes its own while it replays. The old run stays as it is.

mod compare;
mod rehearsal;
mod store;

use std::sync::Arc;

use millrace_ids::{RunId, TenantId};

pub use compare::{Asked, Difference, Now};
pub use rehearsal::{Ended, Tried};
pub use store::{FailedRuns, Resumption, latest_of, of_run};

use crate::engine::Inner;
use crate::payload::Payload;
use crate::{Engine, EngineError, Run, RunError, RunState, run};
use rehearsal::{Broken, OfRun, Rehearsal, rehearse};
use store::{Copy, Insert};

/// How a run is resumed.
#[derive(Debug, Clone)]
pub struct Resume {
    /// The program of the new run.
    pub program: String,
    /// The revision of its subject that the new run is pinned to.
    pub subject_revision: Option<i64>,
    /// Leave out calls from this number on, even where they fit.
    pub from: Option<u64>,
    /// Resume once more although the run has been resumed.
    pub force: bool,
    /// Say what would happen; write nothing.
    pub dry_run: bool,
}

/// What became of it.
#[derive(Debug, Clone)]
pub struct Resumed {
    /// The new run; none when nothing was to be written.
    pub run_id: Option<RunId>,
    /// It had been resumed before; this is that resumption.
    pub already: bool,
    /// The program of the new run.
    pub program: String,
    /// How many journal entries were taken over.
    pub kept: i64,
    /// Calls that are made again because their outcome ended the old run.
    pub retried: Vec<u64>,
    /// The first call that is not the same any more.
    pub difference: Option<Difference>,
}

/// What a program makes of the journal of a finished run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rehearsed {
    /// The first call that is not the same.
    pub difference: Option<Difference>,
    /// How the program ends on the journal, if it does.
    pub end: Option<Ended>,
}

/// Why a run is not resumed.
#[derive(Debug, thiserror::Error)]
pub enum ResumeError {
    /// It would end with this failure again before anything new happens.
    #[error("it would fail again at once: {0:?}")]
    WouldFail(Box<RunError>),
    /// The program could not be tried; another attempt may succeed.
    #[error("the program could not be tried: {0}")]
    Lost(String),
    /// No such run, its state does not allow it, or the database failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

impl From<millrace_db::DbError> for ResumeError {
    fn from(error: millrace_db::DbError) -> Self {
        Self::Engine(error.into())
    }
}

impl From<Broken> for ResumeError {
    fn from(broken: Broken) -> Self {
        match broken {
            Broken::Lost(reason) => Self::Lost(reason),
            Broken::Engine(error) => Self::Engine(error),
        }
    }
}

impl Engine {
    /// Resumes a failed or cancelled run. The new run and its journal are durable when this returns. Asking again answers the
    /// same new run, unless forced.
    ///
    /// Without `from`, calls at the journal's end whose outcome was a failure and ended the run are made again; a call marked
    /// at-most-once never is.
    ///
    /// # Errors
    /// See [`ResumeError`]; nothing was written then.
    pub async fn resume(&self, tenant: &TenantId, id: &RunId, how: &Resume) -> Result<Resumed, ResumeError> {
        self.resume_with(tenant, id, how, crate::nothing()).await
    }

    /// As [`Engine::resume`], with further writes if a run is made.
    ///
    /// # Errors
    /// As [`Engine::resume`].
    pub async fn resume_with(&self, tenant: &TenantId, id: &RunId, how: &Resume, also: crate::Also) -> Result<Resumed, ResumeError> {
        let inner = self.inner();
        let mut tx = inner.db.of(tenant.as_str()).read().await?;
        let old = run::get(&mut tx, tenant, id).await?.ok_or(EngineError::NotFound)?;
        let earlier = store::latest_of(&mut tx, tenant, id).await?;
        drop(tx);
        if !matches!(old.state, RunState::Failed | RunState::Cancelled) {
            let why = format!("Only a failed or cancelled run can be resumed; this one is {}.", old.state);
            return Err(EngineError::Conflict(why).into());
        }
        if let Some(earlier) = earlier.filter(|_| !how.force && !how.dry_run) {
            return Ok(already(earlier));
        }
        let new = Run { id: RunId::generate(), program: how.program.clone(), subject_revision: how.subject_revision, resumed_from: Some(old.id.clone()), origin: Some(old.origin().clone()), ..old.clone() };
        let rehearsal = rehearse(inner, &old, &OfRun { inner, run: &new }, how.from.unwrap_or(u64::MAX)).await?;
        let copy = what_to_copy(&rehearsal, how.from.is_some())?;
        if how.dry_run {
            let mut tx = inner.db.of(tenant.as_str()).read().await?;
            let kept = store::count(&mut tx, &old, &copy).await?;
            return Ok(Resumed { run_id: None, already: false, program: how.program.clone(), kept, retried: copy.retried, difference: rehearsal.difference });
        }
        create(inner, &old, &new, copy, rehearsal.difference, how.force, also).await
    }

    /// Plays the journal of a finished run to another program: nothing is performed and nothing is written.
    ///
    /// # Errors
    /// The program could not be tried, or the database failed.
    pub async fn rehearse(&self, run: &Run, program: &dyn Tried) -> Result<Rehearsed, ResumeError> {
        let tried = rehearse(self.inner(), run, program, u64::MAX).await?;
        // What a run that ended well asked for is in its journal; one that was cut short may have had calls under way.
        let more = tried.beyond.filter(|_| matches!(run.state, RunState::Completed | RunState::Skipped));
        let difference = tried.difference.or_else(|| more.map(|(seq, asked)| Difference { seq, recorded: None, now: Now::Asks(asked) }));
        Ok(Rehearsed { difference, end: tried.end })
    }

    /// A tenant's failed runs that have not been resumed, oldest first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn failed_runs(&self, tenant: &TenantId, which: &FailedRuns) -> Result<Vec<Run>, EngineError> {
        let mut tx = self.inner().db.of(tenant.as_str()).read().await?;
        Ok(store::failed(&mut tx, tenant, which).await?)
    }
}

fn already(earlier: Resumption) -> Resumed {
    Resumed { run_id: Some(earlier.run_id), already: true, program: earlier.program, kept: earlier.kept, retried: earlier.retried, difference: earlier.difference }
}

/// Which entries go over: all that fit; when the program fails on them, those before the failed calls at their end.
fn what_to_copy(rehearsal: &Rehearsal, explicit: bool) -> Result<Copy, ResumeError> {
    let whole = Copy { below: rehearsal.cut, ..Copy::default() };
    let Some(Ended::Failed(failure)) = &rehearsal.end else { return Ok(whole) };
    let streak = &rehearsal.streak;
    if explicit || streak.seqs.is_empty() {
        return Err(ResumeError::WouldFail(Box::new(failure.clone())));
    }
    Ok(Copy { before_pos: streak.first_pos, after_pos: streak.last_pos, asked: streak.asked, retried: streak.seqs.clone(), ..whole })
}

async fn create(inner: &Arc<Inner>, old: &Run, new: &Run, copy: Copy, difference: Option<Difference>, force: bool, also: crate::Also) -> Result<Resumed, ResumeError> {
    let now = inner.now();
    // A large payload lives as long as the runs of its day: what is taken over is stored again under today.
    let input = again(inner, old, &old.input).await?;
    let mut large = Vec::new();
    let mut tx = inner.db.of(old.tenant.as_str()).read().await?;
    let references = store::large(&mut tx, old, &copy).await?;
    drop(tx);
    for (pos, outcome) in references {
        large.push((pos, again(inner, old, &outcome).await?));
    }
    let mut tx = inner.db.of(old.tenant.as_str()).begin().await?;
    let insert = Insert { old, new, input: &input, copy: &copy, difference: difference.as_ref(), force, now };
    let Some(kept) = store::insert(&mut tx, &insert, &large).await? else {
        // Somebody else was faster: theirs is the one.
        tx.rollback().await?;
        let mut tx = inner.db.of(old.tenant.as_str()).read().await?;
        let earlier = store::latest_of(&mut tx, &old.tenant, &old.id).await?;
        return earlier.map(already).ok_or_else(|| EngineError::Conflict("The run has just changed.".into()).into());
    };
    inner.notify_in(&mut tx, std::iter::once(&new.id)).await?;
    also(&mut tx, &new.id).await?;
    tx.commit().await?;
    inner.wake_runs(std::iter::once(&new.id));
    Ok(Resumed { run_id: Some(new.id.clone()), already: false, program: new.program.clone(), kept, retried: copy.retried, difference })
}

async fn again(inner: &Inner, old: &Run, payload: &Payload) -> Result<Payload, EngineError> {
    if payload.inline().is_some() {
        return Ok(payload.clone());
    }
    let json = inner.payloads.get(&old.tenant, payload).await?;
    inner.payloads.put(&old.tenant, json, inner.now()).await
}
