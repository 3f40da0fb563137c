//! The stack's watermark.
//!
//! The engine answers a stack that is too deep with a catchable `RangeError`, at a depth that depends on the build. We
//! want neither: a run that goes deeper than `stack_bytes` must end. So the pages between that depth and the engine's own
//! limit are kept untouched, and after each turn the kernel tells whether one of them has become resident. The zone is
//! larger than any single frame of the engine, so the engine cannot refuse a call without having touched it.
#![allow(unsafe_code)]

use super::pages::PAGE;
use crate::limits::{STACK_RESERVE, STACK_SLACK};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

const PAGES: usize = (STACK_RESERVE + STACK_SLACK) / PAGE;

/// The zone of the process's main thread, for the signal handler; 0 = none.
static PROCESS_LOW: AtomicUsize = AtomicUsize::new(0);

/// The untouched zone of one thread's stack.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Watermark {
    low: usize,
    /// What the engine is told: more than the watermark, so that the watermark comes first.
    engine: usize,
}

impl Watermark {
    /// Stack a thread needs for isolates with this limit.
    pub(crate) fn thread_stack(stack_bytes: usize) -> usize {
        stack_bytes + STACK_RESERVE + 2 * STACK_SLACK + (256 << 10)
    }

    /// Lays the zone below the caller's frame. Call near the bottom of the thread's stack.
    #[inline(never)]
    pub(crate) fn lay(stack_bytes: usize) -> Watermark {
        let here = 0_u8;
        // Frames between this one and the engine count too; a slack of 64 KiB keeps them out of the bargain.
        let top = (std::ptr::from_ref(std::hint::black_box(&here)) as usize) & !(PAGE - 1);
        let high = top - (64 << 10) - (stack_bytes.next_multiple_of(PAGE));
        let mark = Watermark { low: high - PAGES * PAGE, engine: stack_bytes + STACK_RESERVE };
        // The kernel grows a main thread's stack on demand: make it reach the end of the zone now.
        descend(mark.low);
        // SAFETY: the zone lies in this thread's stack below every live frame.
        unsafe { libc::madvise(mark.low as *mut libc::c_void, PAGES * PAGE, libc::MADV_NOHUGEPAGE) };
        mark.clean();
        mark
    }

    /// The limit to give to the engine.
    pub(crate) fn engine_limit(self) -> usize {
        self.engine
    }

    /// Whether anything has reached into the zone since it was clean.
    pub(crate) fn touched(self) -> bool {
        resident(self.low)
    }

    /// Gives the zone's pages back, so that it is untouched again.
    pub(crate) fn clean(self) {
        // SAFETY: the zone lies in this thread's stack below every live frame; its contents are dead.
        unsafe { libc::madvise(self.low as *mut libc::c_void, PAGES * PAGE, libc::MADV_DONTNEED) };
    }

    /// Makes this the zone that the signal handler looks at.
    pub(crate) fn of_process(self) {
        PROCESS_LOW.store(self.low, Relaxed);
    }
}

/// Whether the main thread has reached into its zone. Async-signal-safe.
pub(super) fn process_stack_touched() -> bool {
    let low = PROCESS_LOW.load(Relaxed);
    low != 0 && resident(low)
}

fn resident(low: usize) -> bool {
    let mut pages = [0_u8; PAGES];
    // SAFETY: `pages` has one byte per page of the range.
    let result = unsafe { libc::mincore(low as *mut libc::c_void, PAGES * PAGE, pages.as_mut_ptr()) };
    result == 0 && pages.iter().any(|page| page & 1 == 1)
}

#[inline(never)]
fn descend(low: usize) {
    let frame = [0_u8; PAGE];
    let frame = std::hint::black_box(&frame);
    if std::ptr::from_ref(frame) as usize > low {
        descend(low);
    }
    std::hint::black_box(frame);
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn only_a_deep_stack_touches_the_zone() {
        let limit = 512 << 10;
        std::thread::Builder::new()
            .stack_size(Watermark::thread_stack(limit))
            .spawn(move || {
                let mark = Watermark::lay(limit);
                assert!(!mark.touched());
                shallow(limit / 2);
                assert!(!mark.touched());
                shallow(limit + (256 << 10));
                assert!(mark.touched());
                mark.clean();
                assert!(!mark.touched());
            })
            .unwrap()
            .join()
            .unwrap();
    }

    #[inline(never)]
    fn shallow(bytes: usize) {
        let here = 0_u8;
        descend(std::ptr::from_ref(std::hint::black_box(&here)) as usize - bytes);
    }
}
