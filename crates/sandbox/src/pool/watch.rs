//! The pool's two tasks: one kills children that take too much, the other ends those that nobody needs.

use super::Inner;
use std::{
    sync::{
        Weak,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    time::Duration,
};
use tokio::sync::Notify;

/// How often a child at work is looked at: a turn over its limit ends at most this much later.
const TICK: Duration = Duration::from_millis(50);

/// Ticks without work after which the watchdog sleeps; an idle server shall not wake up twenty times a second.
const RESTLESS: u32 = 40;

/// How often the housekeeper looks.
const SWEEP: Duration = Duration::from_secs(5);

/// Wakes the watchdog.
#[derive(Default)]
pub(super) struct Watch {
    awake: AtomicBool,
    bell: Notify,
}

impl Watch {
    /// Something is being processed.
    pub(super) fn wake(&self) {
        if !self.awake.swap(true, SeqCst) {
            self.bell.notify_one();
        }
    }
}

/// Looks at every child at work, as long as there is one.
pub(super) async fn watchdog(pool: Weak<Inner>) {
    loop {
        let Some(inner) = pool.upgrade() else { return };
        if inner.roster.lock().closing {
            return;
        }
        inner.watch.bell.notified().await;
        drop(inner);
        let mut quiet = 0;
        while quiet < RESTLESS {
            tokio::time::sleep(TICK).await;
            let Some(inner) = pool.upgrade() else { return };
            let busy = inner.children().iter().filter(|child| child.link.watch()).count();
            quiet = if busy > 0 { 0 } else { quiet + 1 };
            if quiet == RESTLESS {
                inner.watch.awake.store(false, SeqCst);
                // Whoever came just before that saw the watchdog awake.
                if inner.children().iter().any(|child| child.link.load() > 0) {
                    inner.watch.wake();
                }
            }
        }
    }
}

/// Ends children that have been idle for long, and keeps the warm ones warm.
pub(super) async fn housekeeping(pool: Weak<Inner>) {
    loop {
        tokio::time::sleep(SWEEP).await;
        let Some(inner) = pool.upgrade() else { return };
        if inner.roster.lock().closing {
            return;
        }
        let forsaken = inner.roster.lock().forsaken(inner.config.limits.idle_child);
        for child in forsaken {
            child.dismiss();
        }
        inner.refill();
    }
}
