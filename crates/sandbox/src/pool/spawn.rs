//! Starting and ending children.

use super::config::{Isolation, PoolConfig};
use crate::{
    child::{self, CHILD_ARGUMENT, PARENT_ARGUMENT, PROBES_ARGUMENT, Role},
    error::SandboxError,
    isolate::Watermark,
};
use std::{
    io,
    os::{fd::OwnedFd, unix::net::UnixStream},
    process::{Child as Process, Command, Stdio},
    sync::{OnceLock, mpsc},
};
use tokio::sync::oneshot;

type Job = Box<dyn FnOnce() + Send>;

/// Starts a child on one end of a socket pair; answers the other end and the process, if it is one.
pub(super) async fn start(config: &PoolConfig, probes: bool) -> Result<(tokio::net::UnixStream, Option<Process>), SandboxError> {
    let failed = |error: io::Error| SandboxError::Unavailable(format!("cannot start a sandbox: {error}"));
    let (ours, theirs) = UnixStream::pair().map_err(failed)?;
    ours.set_nonblocking(true).map_err(failed)?;
    let ours = tokio::net::UnixStream::from_std(ours).map_err(failed)?;
    match config.isolation {
        Isolation::Process => {
            let exe = config.exe.clone();
            let process = on_spawner(move || {
                let mut command = Command::new(exe);
                command.arg(CHILD_ARGUMENT).arg(format!("{PARENT_ARGUMENT}{}", std::process::id()));
                if probes {
                    command.arg(PROBES_ARGUMENT);
                }
                command
                    .env_clear()
                    .current_dir("/")
                    .stdin(Stdio::from(OwnedFd::from(theirs)))
                    .stdout(Stdio::null())
                    .stderr(Stdio::null())
                    .spawn()
            })
            .await;
            Ok((ours, Some(process.map_err(failed)?)))
        }
        Isolation::Inline => {
            std::thread::Builder::new()
                .name("sandbox-inline".into())
                .stack_size(Watermark::thread_stack(config.limits.stack_bytes))
                .spawn(move || child::serve(child::Socket::new(theirs), Role::Inline))
                .map_err(failed)?;
            Ok((ours, None))
        }
    }
}

/// Runs a spawn on the one thread that never ends. The kernel sends a child its parent-death signal when the *thread*
/// that made it ends, so a worker thread of the runtime would not do.
async fn on_spawner(spawn: impl FnOnce() -> io::Result<Process> + Send + 'static) -> io::Result<Process> {
    static SPAWNER: OnceLock<Option<mpsc::Sender<Job>>> = OnceLock::new();
    let spawner = SPAWNER.get_or_init(|| {
        let (jobs, queue) = mpsc::channel::<Job>();
        let thread = std::thread::Builder::new().name("sandbox-spawner".into()).spawn(move || {
            for job in queue {
                job();
            }
        });
        thread.is_ok().then_some(jobs)
    });
    let gone = || io::Error::other("the spawning thread is gone");
    let (answer, answered) = oneshot::channel();
    let job: Job = Box::new(move || {
        // When the asker has gone, the child is dropped with its socket and leaves by itself; reap it.
        if let Err(Ok(mut process)) = answer.send(spawn()) {
            drop(process.kill());
            drop(process.wait());
        }
    });
    spawner.as_ref().ok_or_else(gone)?.send(job).map_err(|_| gone())?;
    answered.await.map_err(|_| gone())?
}
