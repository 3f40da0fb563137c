//! The short form of the fault battery (`make faults`): each scenario with a few faults, judged by the same checker.

use std::time::Duration;

use millrace_faults::Options;
use millrace_faults::scenarios::Scenario;

use crate::harness::binary;

/// Where the chances of the short form come from. Any other number must do as well.
const SEED: u64 = 20_261_121;

async fn survives(name: &str) {
    let scenario = Scenario::named(name).unwrap();
    let options = Options { binary: binary().into(), seed: SEED, runs: scenario.short.runs, faults: scenario.short.faults, drain: Duration::from_secs(60) };
    let report = scenario.run(&options).await.unwrap();
    assert!(report.is_clean(), "{}", report.text());
    assert_eq!(report.completed, options.runs, "{}", report.text());
    assert!(report.faults.iter().map(|(_, n)| n).sum::<u64>() >= options.faults, "{}", report.text());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_are_killed() {
    survives("nodes").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_embedded_process_is_killed() {
    survives("embedded").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgresql_is_killed() {
    survives("database").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_are_cut() {
    survives("cut").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_frozen_node_wakes_up() {
    survives("zombie").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clocks_are_moved() {
    survives("clock").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_disk_is_slow() {
    survives("slow-disk").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_disk_is_full() {
    survives("disk-full").await;
}
