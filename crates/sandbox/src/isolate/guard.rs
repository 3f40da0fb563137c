//! The sticky verdict over an isolate: which limit it broke, if any.
//!
//! The engine reports an exhausted resource as an ordinary exception, which a program can catch. So nothing here depends
//! on the exception: whoever notices (allocator, stack watermark, interrupt poll, host bridge) trips the guard, the next
//! interrupt poll throws an uncatchable error, and the end of the turn looks at the guard before anything else.
#![allow(unsafe_code)]

use std::{
    sync::{
        Arc,
        atomic::{AtomicU8, AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

/// Why an isolate must stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Verdict {
    /// CPU of the turn.
    Cpu = 1,
    /// Heap of the isolate.
    Memory = 2,
    /// Stack of the isolate.
    Stack = 3,
    /// The bridge has already recorded the run's end; nothing more shall run.
    Ended = 4,
    /// The process is out of memory while this isolate is within its limit: not its fault.
    Starved = 5,
}

impl Verdict {
    pub(crate) fn of(code: u8) -> Option<Verdict> {
        [Verdict::Cpu, Verdict::Memory, Verdict::Stack, Verdict::Ended, Verdict::Starved]
            .into_iter()
            .find(|verdict| *verdict as u8 == code)
    }
}

/// Shared by the isolate, its allocator and its interrupt handler.
#[derive(Debug, Default)]
pub(crate) struct Guard {
    tripped: AtomicU8,
    /// Thread CPU time, nanoseconds, at which the turn must be over.
    deadline: AtomicU64,
}

impl Guard {
    pub(crate) fn new() -> Arc<Guard> {
        Arc::new(Guard { tripped: AtomicU8::new(0), deadline: AtomicU64::new(u64::MAX) })
    }

    /// Forgets everything: another run gets the engine.
    pub(crate) fn reset(&self) {
        self.tripped.store(0, Relaxed);
        self.deadline.store(u64::MAX, Relaxed);
    }

    /// Records the first broken limit; later ones are consequences.
    pub(crate) fn trip(&self, verdict: Verdict) {
        if self.tripped.compare_exchange(0, verdict as u8, Relaxed, Relaxed).is_ok() {
            super::last_words::note(verdict);
        }
    }

    pub(crate) fn verdict(&self) -> Option<Verdict> {
        Verdict::of(self.tripped.load(Relaxed))
    }

    /// Starts a turn that may use this much CPU.
    pub(crate) fn arm(&self, budget: Duration) {
        let budget = u64::try_from(budget.as_nanos()).unwrap_or(u64::MAX);
        self.deadline.store(thread_cpu_ns().saturating_add(budget), Relaxed);
    }

    /// Called by the engine every ten thousand calls or loop turns; `true` throws the uncatchable error.
    pub(crate) fn poll(&self) -> bool {
        if self.tripped.load(Relaxed) != 0 {
            return true;
        }
        self.check_cpu();
        self.tripped.load(Relaxed) != 0
    }

    /// Also needed between jobs: an engine loop can swallow the interrupt.
    pub(crate) fn check_cpu(&self) {
        if thread_cpu_ns() >= self.deadline.load(Relaxed) {
            self.trip(Verdict::Cpu);
        }
    }
}

/// CPU this thread has used, nanoseconds.
pub(crate) fn thread_cpu_ns() -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is a valid struct for the duration of the call.
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) };
    u64::try_from(time.tv_sec).unwrap_or(0) * 1_000_000_000 + u64::try_from(time.tv_nsec).unwrap_or(0)
}
