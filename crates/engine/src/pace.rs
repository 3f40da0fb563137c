//! How many runs of one tenant move at once while other tenants have work here too.
//!
//! A run moves while its program executes and its outcomes are being committed; one that waits for an answer from outside does
//! not. A tenant with a mountain of queued work keeps many runs moving, and every step of another tenant then waits for the
//! processor and for a commit behind all of them. While only one tenant has work on this node nothing is held back.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use millrace_ids::TenantId;
use parking_lot::Mutex;
use tokio::sync::{Notify, oneshot};
use tokio::time::Instant;

use crate::limits::{CLAIM_AHEAD, SHARED_WINDOW};

/// The pace of one node.
pub(crate) struct Pace {
    /// Runs of one tenant that may move at once while the node is shared.
    most: usize,
    /// Woken when a tenant that was held back may have more runs in memory.
    queue: Arc<Notify>,
    lines: Mutex<Lines>,
}

#[derive(Default)]
struct Lines {
    of: HashMap<TenantId, Line>,
    /// Who moved last, and when.
    latest: Option<(TenantId, Instant)>,
    /// When somebody else than the latest moved last.
    other: Option<Instant>,
}

#[derive(Default)]
struct Line {
    moving: usize,
    waiting: VecDeque<oneshot::Sender<Moving>>,
}

/// Permission for one run to move; dropping it lets the next one.
pub(crate) struct Moving {
    /// None when it came too late and was taken back.
    pace: Option<Arc<Pace>>,
    tenant: TenantId,
}

impl Pace {
    pub(crate) fn new(most: usize, queue: Arc<Notify>) -> Self {
        Self { most, queue, lines: Mutex::default() }
    }

    /// Waits until a run of this tenant may move: at once, unless the node is shared and the tenant has many that do.
    pub(crate) async fn enter(self: &Arc<Self>, tenant: &TenantId) -> Moving {
        loop {
            let turn = {
                let mut lines = self.lines.lock();
                let most = lines.note(tenant, Instant::now(), self.most);
                let line = lines.of.entry(tenant.clone()).or_default();
                if line.moving < most && line.waiting.is_empty() {
                    line.moving += 1;
                    return Moving { pace: Some(self.clone()), tenant: tenant.clone() };
                }
                let (give, turn) = oneshot::channel();
                line.waiting.push_back(give);
                turn
            };
            if let Ok(moving) = turn.await {
                return moving;
            }
        }
    }

    /// How many more runs of a tenant are worth taking into memory.
    pub(crate) fn room(&self, tenant: &TenantId) -> usize {
        let lines = self.lines.lock();
        if !lines.is_shared(tenant, Instant::now()) {
            return usize::MAX;
        }
        CLAIM_AHEAD.saturating_sub(lines.of.get(tenant).map_or(0, |line| line.waiting.len()))
    }

    /// Whether runs of a tenant wait here for their turn: a new one has to queue behind them.
    pub(crate) fn is_held_back(&self, tenant: &TenantId) -> bool {
        self.lines.lock().of.get(tenant).is_some_and(|line| !line.waiting.is_empty())
    }

    fn leave(self: &Arc<Self>, tenant: &TenantId) {
        let mut lines = self.lines.lock();
        let most = if lines.is_shared(tenant, Instant::now()) { self.most } else { usize::MAX };
        let Some(line) = lines.of.get_mut(tenant) else { return };
        line.moving -= 1;
        let before = line.waiting.len();
        while line.moving < most {
            let Some(next) = line.waiting.pop_front() else { break };
            line.moving += 1;
            if let Err(mut unheard) = next.send(Moving { pace: Some(self.clone()), tenant: tenant.clone() }) {
                // Its run is gone, and we are behind the lock that its end would ask for.
                unheard.pace = None;
                line.moving -= 1;
            }
        }
        let after = line.waiting.len();
        if line.moving == 0 && after == 0 {
            lines.of.remove(tenant);
        }
        drop(lines);
        if before > CLAIM_AHEAD / 2 && after <= CLAIM_AHEAD / 2 {
            self.queue.notify_one();
        }
    }
}

impl Lines {
    /// Remembers that a tenant moves; answers how many runs of it may.
    fn note(&mut self, tenant: &TenantId, now: Instant, most: usize) -> usize {
        match &mut self.latest {
            Some((latest, at)) if latest == tenant => *at = now,
            latest => {
                self.other = latest.take().map(|(_, at)| at);
                *latest = Some((tenant.clone(), now));
            }
        }
        if self.is_shared(tenant, now) { most } else { usize::MAX }
    }

    /// Whether somebody else moved a short time ago.
    fn is_shared(&self, tenant: &TenantId, now: Instant) -> bool {
        let other = match &self.latest {
            Some((latest, at)) if latest != tenant => Some(*at),
            _ => self.other,
        };
        other.is_some_and(|at| now.duration_since(at) < SHARED_WINDOW)
    }
}

impl Drop for Moving {
    fn drop(&mut self) {
        if let Some(pace) = self.pace.take() {
            pace.leave(&self.tenant);
        }
    }
}

/// Runs of one tenant that may move at once on this machine while others have work: enough to keep its processors and the
/// committer busy, few enough that one more run is hardly delayed.
pub(crate) fn usual() -> usize {
    std::thread::available_parallelism().map_or(2, usize::from).max(2)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::time::Duration;

    use futures::FutureExt as _;

    use super::*;

    fn pace(most: usize) -> Arc<Pace> {
        Arc::new(Pace::new(most, Arc::default()))
    }

    #[tokio::test(start_paused = true)]
    async fn alone_nothing_is_held_back() {
        let (pace, tenant) = (pace(2), TenantId::generate());
        let mut moving = Vec::new();
        for _ in 0..500 {
            moving.push(pace.enter(&tenant).now_or_never().unwrap());
        }
        assert_eq!(pace.room(&tenant), usize::MAX);
    }

    #[tokio::test(start_paused = true)]
    async fn beside_others_so_many_move_and_the_rest_take_turns() {
        let (pace, big, small) = (pace(2), TenantId::generate(), TenantId::generate());
        drop(pace.enter(&small).await);
        let first = pace.enter(&big).await;
        let second = pace.enter(&big).await;
        let (mut third, mut fourth) = (Box::pin(pace.enter(&big)), Box::pin(pace.enter(&big)));
        assert!(third.as_mut().now_or_never().is_none());
        assert!(fourth.as_mut().now_or_never().is_none());
        assert!(pace.is_held_back(&big));
        assert_eq!(pace.room(&big), CLAIM_AHEAD - 2);
        assert!(pace.enter(&small).now_or_never().is_some(), "the small one is not held back");
        drop(first);
        let third = third.await;
        assert!(fourth.as_mut().now_or_never().is_none());
        drop((second, third));
        drop(fourth.await);
        assert!(pace.lines.lock().of.is_empty(), "nothing is remembered of who has left");
    }

    #[tokio::test(start_paused = true)]
    async fn a_run_that_gives_up_waiting_leaves_its_turn_to_the_next() {
        let (pace, big, small) = (pace(1), TenantId::generate(), TenantId::generate());
        drop(pace.enter(&small).await);
        let first = pace.enter(&big).await;
        let mut gone = Box::pin(pace.enter(&big));
        let mut next = Box::pin(pace.enter(&big));
        assert!(gone.as_mut().now_or_never().is_none());
        assert!(next.as_mut().now_or_never().is_none());
        drop(gone);
        drop(first);
        drop(next.await);
        // One that is given its turn and dropped before it looked.
        let first = pace.enter(&big).await;
        let mut unread = Box::pin(pace.enter(&big));
        assert!(unread.as_mut().now_or_never().is_none());
        drop(first);
        drop(unread);
        assert!(pace.enter(&big).now_or_never().is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn when_the_others_have_gone_everybody_moves() {
        let (pace, big, small) = (pace(1), TenantId::generate(), TenantId::generate());
        drop(pace.enter(&small).await);
        let first = pace.enter(&big).await;
        let mut waiting: Vec<_> = (0..5).map(|_| Box::pin(pace.enter(&big))).collect();
        assert!(waiting.iter_mut().all(|w| w.as_mut().now_or_never().is_none()));
        tokio::time::advance(SHARED_WINDOW + Duration::from_millis(1)).await;
        drop(first);
        let moving: Vec<_> = waiting.into_iter().map(|w| w.now_or_never().unwrap()).collect();
        assert_eq!(moving.len(), 5);
    }
}
