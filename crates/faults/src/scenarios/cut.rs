//! A proxy between two nodes and PostgreSQL cuts, resets, stalls and refuses connections. Answers to COMMIT get lost this way.

use std::time::Duration;

use anyhow::Context as _;
use rand::Rng as _;

use crate::proxy::Proxy;
use crate::world::{Ground, Kind, Plan, World};
use crate::{Options, Report};

/// `options.faults` faults, spread over the work.
pub(super) async fn run(options: &Options) -> anyhow::Result<Report> {
    let ground = Ground::new(Kind::Postgres).await?;
    let proxy = Proxy::start(ground.postgres_address().context("PostgreSQL")?).await?;
    let plan = Plan { name: "cut", kind: Kind::Postgres, nodes: 2, env: Vec::new() };
    let mut world = World::start(ground, plan, options, Some(proxy.address)).await?;
    world.load(16, 120);
    for cut in 1..=options.faults {
        world.release_share(cut, options.faults);
        let alive = Duration::from_millis(world.rng.random_range(100..1_200));
        tokio::time::sleep(alive).await;
        let long = Duration::from_millis(world.rng.random_range(50..4_000));
        match world.rng.random_range(0..10) {
            0..3 => {
                proxy.cut(false);
                world.report.fault("cuts");
            }
            3..6 => {
                proxy.cut(true);
                world.report.fault("resets");
            }
            6..8 => {
                proxy.stall(long).await;
                world.report.fault("stalls");
            }
            8 => {
                proxy.stall(long).await;
                proxy.cut(true);
                world.report.fault("stalls that end in a reset");
            }
            _ => {
                proxy.sever(long).await;
                world.report.fault("severed networks");
            }
        }
        if cut % 10 == 0 {
            world.progress(&format!("{cut} faults"));
        }
    }
    let report = world.judge().await;
    drop(proxy);
    report
}
