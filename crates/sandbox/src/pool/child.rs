//! One child as the pool sees it: whose it is, what it has loaded, how full it is.

use super::{config::PoolConfig, link::Link, spawn, watch::Watch};
use crate::{
    error::SandboxError,
    jail::JailReport,
    measure,
    wire::{Bytecode, FromChild, ToChild},
};
use parking_lot::Mutex;
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed},
    },
    time::Instant,
};

/// A child that said hello.
pub(super) struct Child {
    pub id: u64,
    pub link: Arc<Link>,
    pub report: JailReport,
    /// Sessions and inspections that hold a place.
    pub places: AtomicUsize,
    runs: AtomicU64,
    inside: Mutex<Inside>,
}

struct Inside {
    tenant: Option<String>,
    /// Program hashes, the one used last at the end.
    loaded: Vec<String>,
    retired: bool,
    used: Instant,
}

static NEXT: AtomicU64 = AtomicU64::new(1);

impl Child {
    /// Starts a child and waits for its hello.
    pub(super) async fn start(config: &PoolConfig, probes: bool, watch: &Watch) -> Result<Arc<Child>, SandboxError> {
        let (stream, process) = spawn::start(config, probes).await?;
        let link = Link::new(stream, process, config.limits.clone());
        let start = [ToChild::Start { limits: config.limits.clone() }];
        let hello = tokio::time::timeout(config.limits.start_wait, link.request(&start, config.limits.start_wait, watch)).await;
        let failed = |link: &Link, what: String| {
            let error = SandboxError::Unavailable(what);
            link.kill(error.clone());
            Err(error)
        };
        let report = match hello {
            Ok(Ok(answer)) => match answer.frame {
                FromChild::Hello { report, .. } => report,
                FromChild::Broken { reason } => return failed(&link, format!("the sandbox could not be closed: {reason}")),
                _ => return failed(&link, "the sandbox answered nonsense".into()),
            },
            Ok(Err(error)) => return failed(&link, format!("the sandbox did not start: {error}")),
            Err(_) => return failed(&link, "the sandbox did not start in time".into()),
        };
        measure::STARTED.increment(1);
        Ok(Arc::new(Child {
            id: NEXT.fetch_add(1, Relaxed),
            link,
            report,
            places: AtomicUsize::new(0),
            runs: AtomicU64::new(0),
            inside: Mutex::new(Inside { tenant: None, loaded: Vec::new(), retired: false, used: Instant::now() }),
        }))
    }

    /// Gives the child to a tenant, for good.
    pub(super) fn adopt(&self, tenant: &str) -> Result<(), SandboxError> {
        let mut inside = self.inside.lock();
        match &inside.tenant {
            Some(known) if known == tenant => return Ok(()),
            Some(_) => return Err(SandboxError::Protocol("this child belongs to another tenant".into())),
            None => {}
        }
        self.link.tell(&[ToChild::Adopt { tenant: tenant.to_owned() }])?;
        inside.tenant = Some(tenant.to_owned());
        Ok(())
    }

    /// Sees to it that the child has the program.
    pub(super) fn provide(&self, program: &Bytecode, keep: usize) -> Result<(), SandboxError> {
        let mut inside = self.inside.lock();
        inside.used = Instant::now();
        if let Some(at) = inside.loaded.iter().position(|hash| *hash == program.hash) {
            let hash = inside.loaded.remove(at);
            inside.loaded.push(hash);
            return Ok(());
        }
        if inside.loaded.len() >= keep.max(1) {
            let hash = inside.loaded.remove(0);
            self.link.tell(&[ToChild::Unload { hash }])?;
        }
        self.link.tell(&[ToChild::Load { program: program.clone() }])?;
        inside.loaded.push(program.hash.clone());
        Ok(())
    }

    /// Counts a run; a child that has served enough takes no further one.
    pub(super) fn count_run(&self, most: u64) {
        if self.runs.fetch_add(1, Relaxed) + 1 >= most {
            self.retire();
        }
    }

    /// Takes no further run; ends when the last place is given back.
    pub(super) fn retire(&self) {
        self.inside.lock().retired = true;
    }

    /// Whether a new run may come here.
    pub(super) fn is_open(&self) -> bool {
        !self.inside.lock().retired && !self.link.is_dead()
    }

    pub(super) fn is_retired(&self) -> bool {
        self.inside.lock().retired
    }

    pub(super) fn belongs_to(&self, tenant: &str) -> bool {
        self.inside.lock().tenant.as_deref() == Some(tenant)
    }

    pub(super) fn is_fresh(&self) -> bool {
        self.inside.lock().tenant.is_none()
    }

    /// When it last got a program.
    pub(super) fn used(&self) -> Instant {
        self.inside.lock().used
    }

    /// Ends it without blaming anybody.
    pub(super) fn dismiss(&self) {
        self.retire();
        self.link.kill(SandboxError::Crashed { reason: "it was no longer needed".into(), processing: false });
    }
}
