//! The walls a child puts around itself, in order, before it reads a tenant's first byte.

mod landlocked;
mod limited;
pub(crate) mod probe;
mod report;
mod syscalls;

pub use report::JailReport;

use crate::limits::Limits;

/// Descriptor of the frame socket in the child.
pub(crate) const SOCKET: i32 = 3;

/// Makes sure that the main thread's stack may grow to this size.
///
/// # Errors
/// When the hard limit is lower.
pub(crate) fn widen_stack(bytes: usize) -> Result<(), String> {
    limited::stack(bytes as u64)
}

/// Closes every road out of this process. Only memory, the clock of its own CPU and the frame socket remain.
///
/// `parent` is the process that must be alive: a child whose parent died before the parent-death signal was armed would
/// live for ever.
///
/// # Errors
/// When a wall that every supported kernel has cannot be built. A missing Landlock is reported, not refused.
pub(crate) fn close(limits: &Limits, parent: i32) -> Result<JailReport, String> {
    let mut report = JailReport { isolation: "process".into(), ..JailReport::default() };
    limited::close_descriptors()?;
    report.closed = std::env::vars_os().next().is_none();
    limited::die_with(parent)?;
    report.pdeathsig = true;
    limited::no_new_privileges()?;
    report.no_new_privs = true;
    limited::undumpable()?;
    report.undumpable = true;
    match landlocked::restrict() {
        Ok((enforced, detail)) => {
            report.landlock = enforced;
            report.landlock_detail = detail;
        }
        Err(error) => report.landlock_detail = error,
    }
    limited::resources(limits)?;
    report.rlimits = true;
    syscalls::filter()?;
    report.seccomp = true;
    Ok(report)
}
