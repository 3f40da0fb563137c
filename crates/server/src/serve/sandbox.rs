//! Starts the pool of sandbox processes and says which walls are up.

use std::path::PathBuf;

use millrace_sandbox::{JailReport, Limits, Pool, PoolConfig};

use super::ServeError;
use crate::config::SandboxConfig;

/// The pool, the walls in force, and warnings about those that are not.
pub(crate) struct Sandbox {
    pub pool: Pool,
    pub walls: Vec<String>,
    pub warnings: Vec<String>,
}

pub(crate) async fn start(config: &SandboxConfig) -> Result<Sandbox, ServeError> {
    let failed = |reason: String| ServeError::Sandbox(reason);
    let exe = this_program().map_err(|e| failed(format!("this program cannot find itself: {e}")))?;
    let limits = Limits::default();
    let pool = PoolConfig { isolation: config.isolation, exe, max_children: config.processes, warm: config.warm, limits };
    let pool = Pool::start(pool).await.map_err(|e| failed(e.to_string()))?;
    let report = pool.layers();
    let missing = missing(&report);
    let warnings = if config.is_inline() || missing.is_empty() {
        Vec::new()
    } else {
        vec![format!("the kernel lacks walls around untrusted code: {} (Landlock: {})", missing.join(", "), report.landlock_detail)]
    };
    Ok(Sandbox { pool, walls: in_force(&report), warnings })
}

/// The very file that runs now. Its usual path may lead to a newer version after an upgrade in place, and children must
/// speak this version's protocol.
fn this_program() -> std::io::Result<PathBuf> {
    let linked = PathBuf::from("/proc/self/exe");
    if linked.exists() { Ok(linked) } else { std::env::current_exe() }
}

fn layers(report: &JailReport) -> [(&'static str, bool); 7] {
    [
        ("landlock", report.landlock),
        ("seccomp", report.seccomp),
        ("rlimits", report.rlimits),
        ("no_new_privs", report.no_new_privs),
        ("pdeathsig", report.pdeathsig),
        ("undumpable", report.undumpable),
        ("closed", report.closed),
    ]
}

fn in_force(report: &JailReport) -> Vec<String> {
    layers(report).into_iter().filter(|(_, up)| *up).map(|(name, _)| name.to_owned()).collect()
}

fn missing(report: &JailReport) -> Vec<&'static str> {
    layers(report).into_iter().filter(|(_, up)| !*up).map(|(name, _)| name).collect()
}
