//! The pool of children.

mod bytecode;
mod child;
mod config;
mod link;
mod roster;
mod session;
mod spawn;
mod watch;

#[cfg(feature = "fuzzing")]
/// See [`link::Link::read_all`].
pub(crate) fn read_all(data: &[u8], step: usize, limits: crate::Limits) -> std::io::Result<()> {
    link::Link::read_all(data, step, limits)
}

pub use config::{Isolation, PoolConfig};
pub use link::ChildEnd;
pub use session::Session;

use crate::{
    error::SandboxError,
    inspection::Inspection,
    jail::JailReport,
    program::Program,
    turn::{Open, Turn},
    wire::{Bytecode, FromChild, ToChild},
};
use bytecode::Cache;
use child::Child;
use parking_lot::Mutex;
use roster::{Choice, Roster};
use session::{Place, append, batches};
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering::Relaxed},
};
use tokio::sync::Notify;
use watch::Watch;

/// A pool of sandbox children. Cheap to clone; all clones are one pool.
#[derive(Clone)]
pub struct Pool {
    inner: Arc<Inner>,
    /// Ends the children when the last clone goes; tasks of the pool hold `inner` only.
    _last: Arc<Last>,
}

struct Last(Arc<Inner>);

impl Drop for Last {
    fn drop(&mut self) {
        self.0.close();
    }
}

struct Inner {
    config: PoolConfig,
    probes: bool,
    report: JailReport,
    roster: Mutex<Roster>,
    changed: Notify,
    cache: Cache,
    sessions: AtomicU64,
    watch: Watch,
}

impl std::fmt::Debug for Pool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pool").field("config", &self.inner.config).finish_non_exhaustive()
    }
}

/// What became of a forbidden act, for tests of the jail.
#[doc(hidden)]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Probe {
    /// The child survived; the error number it got, 0 for success.
    Answered(i32),
    /// The kernel ended the child.
    Ended(ChildEnd),
}

impl Pool {
    /// Starts a pool and its first child.
    ///
    /// # Errors
    /// [`SandboxError::Unavailable`] when no child can be started or its jail cannot be closed.
    pub async fn start(config: PoolConfig) -> Result<Pool, SandboxError> {
        Pool::start_as(config, false).await
    }

    /// As [`Pool::start`], with children that answer [`Pool::probe`].
    #[doc(hidden)]
    pub async fn start_with_probes(config: PoolConfig) -> Result<Pool, SandboxError> {
        Pool::start_as(config, true).await
    }

    async fn start_as(config: PoolConfig, probes: bool) -> Result<Pool, SandboxError> {
        let watch = Watch::default();
        let first = Child::start(&config, probes, &watch).await?;
        let report = first.report.clone();
        if config.isolation == Isolation::Inline {
            tracing::warn!("workflows run inside the server process: for development only");
        } else if !report.complete() {
            tracing::warn!(?report, "the kernel lacks a layer of the sandbox");
        }
        let mut roster = Roster::default();
        roster.children.insert(first.id, first);
        let inner = Arc::new(Inner {
            cache: Cache::new(config.limits.bytecode_cache),
            config,
            probes,
            report,
            roster: Mutex::new(roster),
            changed: Notify::new(),
            sessions: AtomicU64::new(1),
            watch,
        });
        tokio::spawn(watch::watchdog(Arc::downgrade(&inner)));
        tokio::spawn(watch::housekeeping(Arc::downgrade(&inner)));
        inner.refill();
        Ok(Pool { _last: Arc::new(Last(inner.clone())), inner })
    }

    /// Which layers of the jail are in force, as the first child found them.
    pub fn layers(&self) -> JailReport {
        self.inner.report.clone()
    }

    /// How many children there are, and how many of them wait for their first tenant.
    pub fn children(&self) -> (usize, usize) {
        let children = self.inner.children();
        let fresh = children.iter().filter(|child| child.is_fresh() && child.is_open()).count();
        (children.len(), fresh)
    }

    /// Opens an isolate for a run, plays its journal, and answers what the run did.
    ///
    /// # Errors
    /// See [`SandboxError`]. A program that throws is no error but the turn's end.
    pub async fn open(&self, tenant: &str, program: Arc<Program>, open: Open) -> Result<(Session, Turn), SandboxError> {
        self.open_as(tenant, program, open, false).await
    }

    /// As [`Pool::open`], noting where the program asks for calls and writes lines: [`Turn::sites`]. It takes time for each
    /// of them and changes nothing in the run.
    ///
    /// # Errors
    /// As [`Pool::open`].
    pub async fn open_watched(&self, tenant: &str, program: Arc<Program>, open: Open) -> Result<(Session, Turn), SandboxError> {
        self.open_as(tenant, program, open, true).await
    }

    async fn open_as(&self, tenant: &str, program: Arc<Program>, mut open: Open, watched: bool) -> Result<(Session, Turn), SandboxError> {
        let place = self.place_with(tenant, &program).await?;
        place.child.count_run(self.inner.config.limits.runs_per_child);
        let id = self.inner.sessions.fetch_add(1, Relaxed);
        let mut session = Session { place, id, over: false, torn: false };
        let mut replay = batches(std::mem::take(&mut open.replay)).into_iter();
        open.replay = replay.next().unwrap_or_default();
        let mut turn = session.ask(vec![ToChild::Open { session: id, hash: program.hash.clone(), open, watched }]).await?;
        for batch in replay {
            if turn.end.is_some() {
                break;
            }
            let next = session.deliver(batch).await?;
            append(&mut turn, next);
        }
        Ok((session, turn))
    }

    /// Evaluates a module without host calls, within a second of CPU, and answers what it exports.
    ///
    /// # Errors
    /// [`SandboxError::Load`] when it cannot be compiled or evaluated; the limits.
    pub async fn inspect(&self, tenant: &str, program: Arc<Program>) -> Result<Inspection, SandboxError> {
        let place = self.place_with(tenant, &program).await?;
        let frames = [ToChild::Inspect { hash: program.hash.clone() }];
        let answer = place.child.link.request(&frames, self.inner.config.limits.inspect_cpu, &self.inner.watch).await?;
        let FromChild::Inspected { result, retire } = answer.frame else {
            return Err(SandboxError::Protocol("not an inspection".into()));
        };
        if retire {
            place.child.retire();
        }
        serde_json::from_str(&result?).map_err(|error| SandboxError::Protocol(error.to_string()))
    }

    /// Ends all children and waits until they are gone. Open sessions fail.
    pub async fn shutdown(&self) {
        for child in self.inner.close() {
            if self.inner.config.isolation == Isolation::Process {
                child.link.ended().await;
            }
        }
    }

    /// Lets a fresh child try something forbidden.
    ///
    /// # Errors
    /// When there is no child to ask.
    #[doc(hidden)]
    pub async fn probe(&self, what: &str) -> Result<Probe, SandboxError> {
        let place = self.inner.clone().place(None).await?;
        let frames = [ToChild::Probe { what: what.to_owned() }];
        let answer = place.child.link.request(&frames, self.inner.config.limits.cpu_per_turn, &self.inner.watch).await;
        match answer.map(|answer| answer.frame) {
            Ok(FromChild::Probed { errno }) => {
                place.child.dismiss();
                Ok(Probe::Answered(errno))
            }
            Ok(_) => Err(SandboxError::Protocol("not a probe".into())),
            Err(_) => Ok(Probe::Ended(place.child.link.ended().await)),
        }
    }

    /// Sends a tenant's child a frame that only a broken host would send, and answers how the child ended.
    #[doc(hidden)]
    pub async fn betray(&self, tenant: &str, other: &str, program: Arc<Program>) -> Result<ChildEnd, SandboxError> {
        let place = self.place_with(tenant, &program).await?;
        place.child.link.tell(&[ToChild::Adopt { tenant: other.to_owned() }])?;
        Ok(place.child.link.ended().await)
    }

    async fn place_with(&self, tenant: &str, program: &Arc<Program>) -> Result<Place, SandboxError> {
        let inner = &self.inner;
        let bytecode = inner.cache.get(&program.hash, || compile(inner.clone(), program.clone())).await?;
        let place = inner.clone().place(Some(tenant)).await?;
        place.child.provide(&bytecode, inner.config.limits.programs_per_child)?;
        Ok(place)
    }
}

/// Compiles in a child that has done nothing else and does nothing afterwards.
async fn compile(inner: Arc<Inner>, program: Arc<Program>) -> Result<Bytecode, SandboxError> {
    let place = inner.clone().place(None).await?;
    let frames = [ToChild::Compile { modules: program.modules.clone() }];
    let answer = place.child.link.request(&frames, inner.config.limits.cpu_per_turn, &inner.watch).await;
    place.child.dismiss();
    let FromChild::Compiled { result } = answer?.frame else {
        return Err(SandboxError::Protocol("not bytecode".into()));
    };
    let names = program.modules.iter().map(|module| module.name.clone());
    Ok(Bytecode {
        hash: program.hash.clone(),
        entry: program.entry.clone(),
        modules: names.zip(result?).collect(),
    })
}

impl Inner {
    /// A place in a child of the tenant, or in one that is nobody's.
    async fn place(self: Arc<Self>, tenant: Option<&str>) -> Result<Place, SandboxError> {
        match tokio::time::timeout(self.config.limits.open_wait, self.clone().place_soon(tenant)).await {
            Ok(place) => place,
            Err(_) => Err(SandboxError::Unavailable(format!("all sandboxes are busy: {}", self.roster.lock().summary()))),
        }
    }

    async fn place_soon(self: Arc<Self>, tenant: Option<&str>) -> Result<Place, SandboxError> {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            let choice = {
                let mut roster = self.roster.lock();
                if roster.closing {
                    return Err(SandboxError::Unavailable("the pool is shut down".into()));
                }
                roster.choose(tenant, &self.config)
            };
            match choice {
                Choice::Take(child, adopt) => {
                    let place = Place { child, pool: self.clone() };
                    let Some(tenant) = tenant else {
                        place.child.retire();
                        self.refill();
                        return Ok(place);
                    };
                    if adopt {
                        // Two may find the same fresh child; the slower one looks again.
                        if place.child.adopt(tenant).is_err() {
                            continue;
                        }
                        self.refill();
                    }
                    return Ok(place);
                }
                Choice::Start => self.clone().start_one().await?,
                Choice::Dismiss(child) => child.dismiss(),
                Choice::Wait => changed.await,
            }
        }
    }

    /// Starts a child for which `starting` was raised.
    async fn start_one(self: Arc<Self>) -> Result<(), SandboxError> {
        /// Lowers `starting` even when the asker goes away meanwhile.
        struct Starting(Arc<Inner>);
        impl Drop for Starting {
            fn drop(&mut self) {
                self.0.roster.lock().starting -= 1;
                self.0.changed.notify_waiters();
            }
        }
        let starting = Starting(self.clone());
        let child = Child::start(&self.config, self.probes, &self.watch).await?;
        let closing = {
            let mut roster = self.roster.lock();
            roster.children.insert(child.id, child.clone());
            roster.closing
        };
        drop(starting);
        if closing {
            child.dismiss();
        }
        Ok(())
    }

    /// Starts what is missing of the warm children, beside everything else.
    fn refill(self: &Arc<Self>) {
        for _ in 0..self.roster.lock().refill(&self.config) {
            let inner = self.clone();
            tokio::spawn(async move {
                if let Err(error) = inner.start_one().await {
                    tracing::warn!(%error, "a sandbox could not be started");
                }
            });
        }
    }

    /// A place was given back.
    fn freed(self: &Arc<Self>, child: &Arc<Child>, empty: bool) {
        if empty && child.is_retired() {
            child.dismiss();
        }
        if child.link.is_dead() {
            self.roster.lock().children.remove(&child.id);
        }
        self.changed.notify_waiters();
    }

    fn children(&self) -> Vec<Arc<Child>> {
        self.roster.lock().children.values().cloned().collect()
    }

    /// Ends all children.
    fn close(&self) -> Vec<Arc<Child>> {
        self.roster.lock().closing = true;
        let children = self.children();
        for child in &children {
            child.dismiss();
        }
        self.changed.notify_waiters();
        self.watch.wake();
        children
    }
}
