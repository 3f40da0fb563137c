//! What the pool counts.

use std::sync::LazyLock;

use metrics::{Counter, Histogram, counter, describe_counter, describe_histogram, histogram};

use crate::pool::ChildEnd;

pub(crate) static STARTED: LazyLock<Counter> = LazyLock::new(|| counter!("millrace_sandbox_children_started_total"));
static CPU: LazyLock<Histogram> = LazyLock::new(|| histogram!("millrace_sandbox_turn_cpu_seconds"));
const ENDED: &str = "millrace_sandbox_children_ended_total";

/// Names and explains the pool's metrics to whoever collects them.
pub fn describe() {
    describe_counter!("millrace_sandbox_children_started_total", "Sandbox processes started");
    describe_counter!(ENDED, "Sandbox processes that ended, by reason");
    describe_histogram!("millrace_sandbox_turn_cpu_seconds", "CPU time of untrusted code in one turn");
    LazyLock::force(&STARTED);
    LazyLock::force(&CPU);
    for reason in ["dismissed", "cpu", "wall", "memory", "stack", "forbidden_call", "protocol", "fault", "died"] {
        counter!(ENDED, "reason" => reason).increment(0);
    }
}

/// One turn of an isolate came back.
pub(crate) fn turn(cpu_us: u64) {
    CPU.record(cpu_us as f64 / 1_000_000.0);
}

/// A child is gone.
pub(crate) fn ended(reason: &'static str) {
    counter!(ENDED, "reason" => reason).increment(1);
}

/// Why a child ended that the host had not told to.
pub(crate) fn unasked(end: &ChildEnd) -> &'static str {
    use crate::wire::exit;
    match end {
        ChildEnd::Exit(exit::MEMORY) => "memory",
        ChildEnd::Exit(exit::STACK) => "stack",
        ChildEnd::Exit(exit::CPU) | ChildEnd::Signal(libc::SIGXCPU) => "cpu",
        ChildEnd::Exit(exit::PROTOCOL) => "protocol",
        ChildEnd::Exit(exit::FAULT) => "fault",
        ChildEnd::Signal(libc::SIGSYS) => "forbidden_call",
        _ => "died",
    }
}
