//! Which child takes which run.

use super::{child::Child, config::PoolConfig};
use std::{
    collections::HashMap,
    sync::{Arc, OnceLock, atomic::Ordering::Relaxed},
    time::Duration,
};

/// All children, and how many more are on their way.
#[derive(Default)]
pub(super) struct Roster {
    pub children: HashMap<u64, Arc<Child>>,
    pub starting: usize,
    pub closing: bool,
}

/// What to do for a run that needs a child.
pub(super) enum Choice {
    /// Use this one; a place is taken. The flag says that it must be given to the tenant first.
    Take(Arc<Child>, bool),
    /// Start another; `starting` has been raised.
    Start,
    /// End this one, which is out of the roster already, then choose again.
    Dismiss(Arc<Child>),
    /// Wait until something changes.
    Wait,
}

impl Roster {
    /// Chooses for a tenant; `None` asks for a child that nobody has used, for compiling.
    pub(super) fn choose(&mut self, tenant: Option<&str>, config: &PoolConfig) -> Choice {
        self.children.retain(|_, child| !child.link.is_dead());
        let most = config.limits.isolates_per_child;
        let own = tenant.and_then(|tenant| {
            let open = |child: &&Arc<Child>| {
                child.belongs_to(tenant) && child.is_open() && child.places.load(Relaxed) < most
            };
            self.children.values().filter(open).min_by_key(|child| (child.link.load(), child.places.load(Relaxed)))
        });
        if let Some(child) = own
            && (child.link.load() == 0 || !self.may_widen(tenant.unwrap_or_default(), config))
        {
            return take(child.clone(), false);
        }
        if let Some(fresh) = self.children.values().find(|child| child.is_fresh() && child.is_open()) {
            return take(fresh.clone(), true);
        }
        if let Some(child) = own {
            return take(child.clone(), false);
        }
        // A compiler lives for a moment; when it had to wait for a session to end, a full pool could deploy nothing.
        let room = config.max_children.max(1) + usize::from(tenant.is_none());
        if self.children.len() + self.starting < room {
            self.starting += 1;
            return Choice::Start;
        }
        match self.idle().min_by_key(|child| child.used()).cloned() {
            Some(idle) => {
                self.children.remove(&idle.id);
                Choice::Dismiss(idle)
            }
            None => Choice::Wait,
        }
    }

    fn idle(&self) -> impl Iterator<Item = &Arc<Child>> {
        self.children.values().filter(|child| child.places.load(Relaxed) == 0)
    }

    /// Takes out the children of tenants that nobody has needed for this long. Places are taken under the same lock, so
    /// none of them can get one any more.
    pub(super) fn forsaken(&mut self, idle: Duration) -> Vec<Arc<Child>> {
        let old = |child: &&Arc<Child>| !child.is_fresh() && child.used().elapsed() > idle;
        let old: Vec<_> = self.idle().filter(old).cloned().collect();
        for child in &old {
            self.children.remove(&child.id);
        }
        old
    }

    /// How full it is, for an error message.
    pub(super) fn summary(&self) -> String {
        let places: usize = self.children.values().map(|child| child.places.load(Relaxed)).sum();
        format!("{} running with {places} sessions, {} starting", self.children.len(), self.starting)
    }

    /// A busy tenant may have as many children as the machine has cores, if others leave room.
    fn may_widen(&self, tenant: &str, config: &PoolConfig) -> bool {
        let cores = cores();
        let own = self.children.values().filter(|child| child.belongs_to(tenant)).count();
        own < cores.min(config.max_children.div_ceil(2))
    }

    /// How many fresh children are missing; `starting` has been raised by that many.
    pub(super) fn refill(&mut self, config: &PoolConfig) -> usize {
        if self.closing {
            return 0;
        }
        self.children.retain(|_, child| !child.link.is_dead());
        let fresh = self.children.values().filter(|child| child.is_fresh() && child.is_open()).count();
        let wanted = config.warm.saturating_sub(fresh + self.starting);
        let room = config.max_children.max(1).saturating_sub(self.children.len() + self.starting);
        let missing = wanted.min(room);
        self.starting += missing;
        missing
    }
}

/// Asking costs several reads of control-group files, so it is asked once.
fn cores() -> usize {
    static CORES: OnceLock<usize> = OnceLock::new();
    *CORES.get_or_init(|| std::thread::available_parallelism().map_or(1, usize::from))
}

fn take(child: Arc<Child>, adopt: bool) -> Choice {
    child.places.fetch_add(1, Relaxed);
    Choice::Take(child, adopt)
}
