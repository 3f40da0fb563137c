//! Every fsync of the embedded database takes long, and the process is killed in the midst of one.

use std::time::Duration;

use rand::Rng as _;

use crate::disk::Disk;
use crate::world::{Ground, Kind, Plan, World};
use crate::{Options, Report};

/// `options.faults` changes of pace; every third time the process is killed while the disk is slow.
pub(super) async fn run(options: &Options) -> anyhow::Result<Report> {
    let ground = Ground::new(Kind::Embedded).await?;
    let mut disk = Disk::new(ground.folder(), &ground.folder().join("node-0/data"))?;
    let plan = Plan { name: "slow-disk", kind: Kind::Embedded, nodes: 1, env: disk.env() };
    let mut world = World::start(ground, plan, options, None).await?;
    world.load(12, 120);
    for fault in 1..=options.faults {
        world.release_share(fault, options.faults);
        let delay = Duration::from_millis(world.rng.random_range(20..400));
        disk.slow(delay)?;
        world.report.fault("slow phases");
        tokio::time::sleep(Duration::from_millis(world.rng.random_range(800..2_000))).await;
        if fault % 3 == 0 {
            world.nodes[0].kill();
            world.report.fault("kills");
            world.nodes[0].spawn()?;
            world.nodes[0].ready().await?;
        }
        disk.slow(Duration::ZERO)?;
        tokio::time::sleep(Duration::from_millis(world.rng.random_range(100..500))).await;
        world.progress(&format!("fsync took {} ms longer", delay.as_millis()));
    }
    super::disk_full::untouched(&world, &disk)?;
    let (_, delayed) = disk.counts()?;
    world.report.notes.push(format!("{delayed} fsyncs were delayed; the sandboxes never saw the shim"));
    anyhow::ensure!(delayed > 0, "the shim delayed nothing");
    world.judge().await
}
