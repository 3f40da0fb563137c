//! Generated programs in the sandbox, interrupted anywhere. `MILLRACE_SEED` and `MILLRACE_PROGRAMS` choose which and how many.

use std::time::Instant;

use millrace_determinism::{check, pool_config, report};
use millrace_sandbox::{Isolation, Pool};

pub const EXE: &str = env!("CARGO_BIN_EXE_millrace-determinism");

pub fn from_environment(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_interrupted_program_leaves_the_trace_of_one_that_was_not() {
    let (first, count) = (from_environment("MILLRACE_SEED", 1), from_environment("MILLRACE_PROGRAMS", 150));
    let process = Pool::start(pool_config(Isolation::Process, EXE.into())).await.unwrap();
    let inline = Pool::start(pool_config(Isolation::Inline, EXE.into())).await.unwrap();
    let started = Instant::now();
    let (mut calls, mut activations, mut ended, mut interrupted) = (0, 0, 0, 0);
    for seed in first..first + count {
        let again = if seed % 8 == 5 { &inline } else { &process };
        let checked = check(&process, again, seed).await.unwrap_or_else(|d| panic!("{}", report(&d)));
        calls += checked.calls;
        activations += checked.activations;
        ended += u64::from(checked.ended);
        interrupted += u64::from(checked.activations > 1);
    }
    println!("{count} programs: {calls} calls, {activations} activations, {ended} ended, {:?}", started.elapsed());
    if count >= 100 {
        // A generator that writes empty programs, or one that never interrupts them, would prove nothing.
        assert!(calls as u64 > 3 * count, "{calls} calls in {count} programs");
        assert!(interrupted * 2 > count && ended * 10 > count * 8, "{interrupted} of {count} were interrupted, {ended} ended");
    }
}
