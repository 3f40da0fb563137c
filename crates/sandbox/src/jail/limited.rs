//! Descriptors, process attributes and resource limits.
#![allow(unsafe_code)]

use super::SOCKET;
use crate::limits::Limits;
use std::io::Error;

fn check(what: &str, result: i64) -> Result<(), String> {
    if result < 0 { Err(format!("{what}: {}", Error::last_os_error())) } else { Ok(()) }
}

/// Raises the soft limit of the stack when it is lower than this.
pub(super) fn stack(bytes: u64) -> Result<(), String> {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: `limit` is a valid struct for the duration of the call.
    check("RLIMIT_STACK", i64::from(unsafe { libc::getrlimit(libc::RLIMIT_STACK, &raw mut limit) }))?;
    if limit.rlim_cur >= bytes {
        return Ok(());
    }
    limit.rlim_cur = bytes;
    // SAFETY: as above.
    check("RLIMIT_STACK", i64::from(unsafe { libc::setrlimit(libc::RLIMIT_STACK, &raw const limit) }))
}

/// Closes everything but the frame socket.
pub(super) fn close_descriptors() -> Result<(), String> {
    let socket = SOCKET.unsigned_abs();
    // SAFETY: closing descriptors touches no memory; nothing in this process uses them afterwards.
    check("close_range", unsafe { libc::syscall(libc::SYS_close_range, 0, socket - 1, 0) })?;
    // SAFETY: as above.
    check("close_range", unsafe { libc::syscall(libc::SYS_close_range, socket + 1, u32::MAX, 0) })
}

/// Asks the kernel to kill this process when its parent dies, and checks that it has not died already.
pub(super) fn die_with(parent: i32) -> Result<(), String> {
    // SAFETY: prctl with integer arguments.
    check("PR_SET_PDEATHSIG", i64::from(unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL, 0, 0, 0) }))?;
    // SAFETY: getppid has no arguments and cannot fail.
    if unsafe { libc::getppid() } == parent { Ok(()) } else { Err("the parent is gone".into()) }
}

pub(super) fn no_new_privileges() -> Result<(), String> {
    // SAFETY: prctl with integer arguments.
    check("PR_SET_NO_NEW_PRIVS", i64::from(unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) }))
}

pub(super) fn undumpable() -> Result<(), String> {
    // SAFETY: prctl with integer arguments.
    check("PR_SET_DUMPABLE", i64::from(unsafe { libc::prctl(libc::PR_SET_DUMPABLE, 0, 0, 0, 0) }))
}

/// Sets both the soft and the hard limit of each resource.
pub(super) fn resources(limits: &Limits) -> Result<(), String> {
    let all = [
        ("RLIMIT_AS", libc::RLIMIT_AS, limits.address_space),
        ("RLIMIT_CPU", libc::RLIMIT_CPU, limits.cpu_per_child.as_secs().max(1)),
        ("RLIMIT_FSIZE", libc::RLIMIT_FSIZE, 0),
        ("RLIMIT_CORE", libc::RLIMIT_CORE, 0),
        ("RLIMIT_NOFILE", libc::RLIMIT_NOFILE, 0),
        ("RLIMIT_NPROC", libc::RLIMIT_NPROC, 0),
    ];
    for (name, resource, value) in all {
        let limit = libc::rlimit { rlim_cur: value, rlim_max: value };
        // SAFETY: `limit` is a valid struct for the duration of the call.
        check(name, i64::from(unsafe { libc::setrlimit(resource, &raw const limit) }))?;
    }
    Ok(())
}
