//! Starts the pool of sandbox processes and says which walls are up.

use std::path::PathBuf;

use millrace_sandbox::{JailReport, Limits, Pool, PoolConfig};

use super::ServeError;
use crate::config::{SandboxConfig, WALLS};

/// The pool, the walls in force, and warnings about those that are not.
#[derive(Clone)]
pub(crate) struct Sandbox {
    pub pool: Pool,
    pub walls: Vec<String>,
    pub warnings: Vec<String>,
}

pub(crate) async fn start(config: &SandboxConfig, production: bool) -> Result<Sandbox, ServeError> {
    let failed = |reason: String| ServeError::Sandbox(reason);
    let exe = this_program().map_err(|e| failed(format!("this program cannot find itself: {e}")))?;
    let limits = Limits::default();
    let pool = PoolConfig { isolation: config.isolation, exe, max_children: config.processes, warm: config.warm, limits };
    let pool = Pool::start(pool).await.map_err(|e| failed(e.to_string()))?;
    let report = pool.layers();
    let missing = if config.is_inline() { Vec::new() } else { missing(&report) };
    let accepted = |name: &&str| config.allow_missing.iter().any(|own| own == name);
    let refused: Vec<&str> = missing.iter().copied().filter(|name| !accepted(name)).collect();
    if production && !refused.is_empty() {
        pool.shutdown().await;
        return Err(ServeError::WallsMissing { missing: refused.join(","), landlock: report.landlock_detail });
    }
    let warnings = if missing.is_empty() {
        Vec::new()
    } else {
        vec![format!("the kernel lacks walls around untrusted code: {} (Landlock: {})", missing.join(", "), report.landlock_detail)]
    };
    for warning in &warnings {
        tracing::warn!("{warning}");
    }
    Ok(Sandbox { pool, walls: in_force(&report), warnings })
}

/// The very file that runs now. Its usual path may lead to a newer version after an upgrade in place, and children must
/// speak this version's protocol.
fn this_program() -> std::io::Result<PathBuf> {
    let linked = PathBuf::from("/proc/self/exe");
    if linked.exists() { Ok(linked) } else { std::env::current_exe() }
}

fn layers(report: &JailReport) -> [(&'static str, bool); 7] {
    let [landlock, seccomp, rlimits, no_new_privs, pdeathsig, undumpable, closed] = WALLS;
    [
        (landlock, report.landlock),
        (seccomp, report.seccomp),
        (rlimits, report.rlimits),
        (no_new_privs, report.no_new_privs),
        (pdeathsig, report.pdeathsig),
        (undumpable, report.undumpable),
        (closed, report.closed),
    ]
}

fn in_force(report: &JailReport) -> Vec<String> {
    layers(report).into_iter().filter(|(_, up)| *up).map(|(name, _)| name.to_owned()).collect()
}

fn missing(report: &JailReport) -> Vec<&'static str> {
    layers(report).into_iter().filter(|(_, up)| !*up).map(|(name, _)| name).collect()
}
