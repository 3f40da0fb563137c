//! Deterministic simulation of the engine: its real code on several nodes, over one storage, in virtual time, on one thread.
//!
//! A seed decides what is asked of the engine, how long each statement takes, which are refused, which answers are lost, which
//! nodes die or sleep through their lease, and whose clock is wrong. [`model`] looks at the storage between transactions.
//! `MILLRACE_SEED` and `MILLRACE_SEEDS` choose which seeds and how many.

mod model;
mod node;
mod plan;

use millrace_db::simulated::Storage;

use crate::programs::from_environment;

/// Plays one seed; answers the hash of everything that happened, and how much that was.
fn simulate(storage: &Storage, seed: u64) -> Result<(String, u64), String> {
    // Children refer to nobody by key, so the order does not matter.
    let tables = ["DELETE FROM runs", "DELETE FROM journal", "DELETE FROM waits", "DELETE FROM inbox", "DELETE FROM intents", "DELETE FROM run_logs", "DELETE FROM deliveries", "DELETE FROM nodes"];
    storage.wipe(&tables).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(plan::play(storage.clone(), seed))
}

#[test]
fn no_fault_makes_the_engine_break_its_word() {
    let (first, count) = (from_environment("MILLRACE_SEED", 1), from_environment("MILLRACE_SEEDS", 250));
    let started = std::time::Instant::now();
    let lanes: Vec<_> = (0..2)
        .map(|lane| {
            std::thread::spawn(move || {
                let (storage, mut acts, mut failures) = (Storage::new().unwrap(), 0, Vec::new());
                for seed in (first..first + count).filter(|s| s % 2 == lane) {
                    match simulate(&storage, seed) {
                        Ok((_, n)) => acts += n,
                        Err(what) => failures.push(format!("seed {seed}: {what}")),
                    }
                }
                (acts, failures)
            })
        })
        .collect();
    let (mut acts, mut failures) = (0, Vec::new());
    for lane in lanes {
        let (n, failed) = lane.join().unwrap();
        acts += n;
        failures.extend(failed);
    }
    println!("{count} seeds from {first}: {acts} acts at the database, {:?}", started.elapsed());
    assert!(failures.is_empty(), "{} of {count} seeds fail; again: MILLRACE_SEED=… MILLRACE_SEEDS=1\n{}", failures.len(), failures[..failures.len().min(5)].join("\n"));
}

#[test]
fn a_seed_is_one_story() {
    let storage = Storage::new().unwrap();
    for seed in [3, 14, 159, 2653] {
        let (once, acts) = simulate(&storage, seed).unwrap();
        let other = Storage::new().unwrap();
        assert_eq!((once, acts), simulate(&other, seed).unwrap(), "seed {seed}");
    }
}
