//! How untrusted code is isolated.

use millrace_sandbox::Isolation;

use super::reader::Reader;

/// How untrusted code is isolated.
#[derive(Debug, Clone)]
pub struct SandboxConfig {
    /// In jailed child processes, or (development only) in the server's own.
    pub isolation: Isolation,
    /// Child processes at once, all tenants together.
    pub processes: usize,
    /// Child processes kept ready for the next tenant.
    pub warm: usize,
    /// Walls that may be missing although the server runs with `--production`.
    pub allow_missing: Vec<String>,
}

/// The walls around a child process, as they are named in settings and in `/api/health`.
pub const WALLS: [&str; 7] = ["landlock", "seccomp", "rlimits", "no_new_privs", "pdeathsig", "undumpable", "closed"];

impl SandboxConfig {
    pub(super) fn read(read: &mut Reader<'_>) -> Self {
        let isolation = match read.text("MILLRACE_SANDBOX").as_deref() {
            None | Some("process") => Isolation::Process,
            Some("inline") => Isolation::Inline,
            Some(_) => {
                read.refuse("MILLRACE_SANDBOX", "must be `process` or `inline`");
                Isolation::Process
            }
        };
        let listed = read.text("MILLRACE_SANDBOX_ALLOW_MISSING").unwrap_or_default();
        let allow_missing: Vec<String> = listed.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect();
        if let Some(unknown) = allow_missing.iter().find(|name| !WALLS.contains(&name.as_str())) {
            read.refuse("MILLRACE_SANDBOX_ALLOW_MISSING", format!("`{unknown}` is no wall; there are {}", WALLS.join(", ")));
        }
        Self {
            allow_missing,
            isolation,
            // A child takes about 10 MB and serves one tenant: 64 active tenants at once fit a small machine.
            processes: read.number("MILLRACE_SANDBOX_PROCESSES", 64, 1..=4_096),
            // Two ready children hide the start of a process from the first webhook of a tenant that was idle.
            warm: read.number("MILLRACE_SANDBOX_WARM", 2, 0..=64),
        }
    }

    /// The word used in settings and in `/api/health`.
    pub const fn word(&self) -> &'static str {
        match self.isolation {
            Isolation::Process => "process",
            Isolation::Inline => "inline",
        }
    }

    /// Whether untrusted code shares the server's process.
    pub const fn is_inline(&self) -> bool {
        matches!(self.isolation, Isolation::Inline)
    }
}
