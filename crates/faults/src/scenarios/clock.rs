//! The clocks of three nodes are moved forth and back, apart from each other, and nodes are killed while their clock is wrong.

use std::net::SocketAddr;
use std::time::Duration;

use millrace_clock::Clock;
use rand::Rng as _;
use serde_json::{Value, json};

use crate::http::api;
use crate::world::{Ground, Kind, Plan, World};
use crate::{Options, Report};

/// How far a clock is moved, in milliseconds: hardly, noticeably, and back absurdly. A timer that is set under a clock ahead is
/// late by as much, which the scenario then has to wait for.
const SHIFTS: [i64; 8] = [-3_600_000, -30_000, -4_000, -700, 700, 2_000, 6_000, 15_000];

/// `options.faults` moves, spread over the work; in the end all clocks are right again.
pub(super) async fn run(options: &Options) -> anyhow::Result<Report> {
    let ground = Ground::new(Kind::Postgres).await?;
    let plan = Plan { name: "clock", kind: Kind::Postgres, nodes: 3, env: vec![("MILLRACE_TEST_CLOCK".into(), "1".into())] };
    let mut world = World::start(ground, plan, options, None).await?;
    world.load(16, 90);
    for fault in 1..=options.faults {
        world.release_share(fault, options.faults);
        let node = world.rng.random_range(0..world.nodes.len());
        let shift = SHIFTS[world.rng.random_range(0..SHIFTS.len())];
        set(world.nodes[node].address, shift).await?;
        world.report.fault("moved clocks");
        let long = Duration::from_millis(world.rng.random_range(300..2_500));
        tokio::time::sleep(long).await;
        if world.rng.random_bool(0.25) {
            // It dies with a wrong clock and comes back with a right one.
            world.nodes[node].kill();
            world.report.fault("kills");
            tokio::time::sleep(Duration::from_millis(300)).await;
            world.nodes[node].spawn()?;
            world.nodes[node].ready().await?;
        } else if world.rng.random_bool(0.6) {
            set(world.nodes[node].address, 0).await?;
        }
        if fault % 5 == 0 {
            world.progress(&format!("{fault} moved clocks"));
        }
    }
    for node in &world.nodes {
        set(node.address, 0).await?;
    }
    world.judge().await
}

/// Sets a node's clock so far from the machine's.
async fn set(address: SocketAddr, shift_ms: i64) -> anyhow::Result<()> {
    let now = Clock::System.now();
    let to = millrace_clock::Timestamp::from_micros(now.micros() + shift_ms * 1_000);
    let answer: Value = api(address, "", "POST", "/api/test/clock", &json!({ "now": to.to_string() })).await?;
    anyhow::ensure!(answer["now"].is_string(), "{answer}");
    Ok(())
}
