//! What a dying child can still say: an exit code.
//!
//! The engine calls `abort()` where it cannot go on, mostly after a failed allocation. The handler below turns that (and
//! a fault) into an exit code that tells the host which limit was broken, so that the guilty run gets a clear error.
#![allow(unsafe_code)]

use super::{guard::Verdict, stack};
use crate::wire::exit;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering::Relaxed};

static ARMED: AtomicBool = AtomicBool::new(false);
static VERDICT: AtomicU8 = AtomicU8::new(0);

/// Remembers the verdict over the isolate that is running. Only matters in a child process.
pub(super) fn note(verdict: Verdict) {
    if ARMED.load(Relaxed) {
        VERDICT.store(verdict as u8, Relaxed);
    }
}

/// Forgets the verdict: another isolate is about to run.
pub(crate) fn forget() {
    if ARMED.load(Relaxed) {
        VERDICT.store(0, Relaxed);
    }
}

/// Installs the handler for the whole process. For child processes only.
pub(crate) fn arm() {
    ARMED.store(true, Relaxed);
    for signal in [libc::SIGABRT, libc::SIGSEGV, libc::SIGBUS, libc::SIGILL, libc::SIGFPE] {
        // SAFETY: the handler only reads atomics, calls mincore and leaves the process: all async-signal-safe. It runs on
        // the alternate stack that the Rust runtime set up for the main thread.
        unsafe {
            let mut action: libc::sigaction = std::mem::zeroed();
            action.sa_sigaction = on_signal as *const () as usize;
            action.sa_flags = libc::SA_ONSTACK;
            libc::sigaction(signal, &raw const action, std::ptr::null_mut());
        }
    }
}

extern "C" fn on_signal(_: libc::c_int) {
    let code = match Verdict::of(VERDICT.load(Relaxed)) {
        Some(Verdict::Memory) => exit::MEMORY,
        Some(Verdict::Stack) => exit::STACK,
        Some(Verdict::Cpu) => exit::CPU,
        _ if stack::process_stack_touched() => exit::STACK,
        _ => exit::FAULT,
    };
    // SAFETY: leaves the process without running anything.
    unsafe { libc::_exit(code) }
}
