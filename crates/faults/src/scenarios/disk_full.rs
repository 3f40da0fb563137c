//! The disk of the embedded database is full, or broken, for a while; now and then the process is killed meanwhile.

use std::time::Duration;

use anyhow::ensure;
use rand::Rng as _;

use crate::disk::Disk;
use crate::world::{Ground, Kind, Plan, World};
use crate::{Options, Report};

/// `options.faults` bad phases.
pub(super) async fn run(options: &Options) -> anyhow::Result<Report> {
    let ground = Ground::new(Kind::Embedded).await?;
    let mut disk = Disk::new(ground.folder(), &ground.folder().join("node-0/data"))?;
    let plan = Plan { name: "disk-full", kind: Kind::Embedded, nodes: 1, env: disk.env() };
    let mut world = World::start(ground, plan, options, None).await?;
    world.load(12, 120);
    for fault in 1..=options.faults {
        world.release_share(fault, options.faults);
        tokio::time::sleep(Duration::from_millis(world.rng.random_range(100..700))).await;
        let what = match world.rng.random_range(0..6) {
            0..3 => {
                disk.writes(libc::ENOSPC)?;
                "full disks"
            }
            3 => {
                disk.writes(libc::EIO)?;
                "disks that refuse writes"
            }
            4 => {
                disk.syncs(libc::EIO)?;
                "disks that refuse fsync"
            }
            _ => {
                disk.syncs(libc::ENOSPC)?;
                "disks full at fsync"
            }
        };
        world.report.fault(what);
        tokio::time::sleep(Duration::from_millis(world.rng.random_range(100..2_500))).await;
        let killed = world.rng.random_bool(0.2);
        if killed {
            world.nodes[0].kill();
            world.report.fault("kills");
        }
        disk.heal()?;
        if killed {
            world.nodes[0].spawn()?;
            world.nodes[0].ready().await?;
        }
        world.progress(what);
    }
    untouched(&world, &disk)?;
    let (refused, _) = disk.counts()?;
    world.report.notes.push(format!("{refused} writes and fsyncs were refused; the sandboxes never saw the shim"));
    ensure!(refused > 0, "the shim refused nothing");
    world.judge().await
}

/// The sandboxes of the server have an environment of their own: the shim is not in them.
pub(super) fn untouched(world: &World, disk: &Disk) -> anyhow::Result<()> {
    let shim = disk.shim().display().to_string();
    let server = std::fs::read_to_string(format!("/proc/{}/maps", world.nodes[0].pid().unwrap_or_default()))?;
    ensure!(server.contains(&shim), "the shim is not in the server");
    for child in world.nodes[0].children() {
        let maps = std::fs::read_to_string(format!("/proc/{child}/maps")).unwrap_or_default();
        ensure!(!maps.contains(&shim), "the shim is in sandbox {child}");
    }
    Ok(())
}
