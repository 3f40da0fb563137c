//! seccomp: the list of system calls an isolate needs. Everything else kills the process.

use super::SOCKET;
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen as Len, SeccompCmpOp as Op, SeccompCondition, SeccompFilter, SeccompRule,
};
use std::collections::BTreeMap;

/// Installs the filter on every thread of the process.
///
/// # Errors
/// When the kernel refuses it.
pub(super) fn filter() -> Result<(), String> {
    let program = program().map_err(|error| error.to_string())?;
    seccompiler::apply_filter_all_threads(&program).map_err(|error| error.to_string())
}

fn program() -> Result<BpfProgram, seccompiler::BackendError> {
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> = BTreeMap::new();
    // Frames travel over one descriptor and no other.
    for call in [libc::SYS_read, libc::SYS_write] {
        rules.insert(call, vec![when(0, Op::Eq, u64::from(SOCKET.unsigned_abs()))?]);
    }
    // Memory may come and go but never become executable.
    let executable = u64::from(libc::PROT_EXEC.unsigned_abs());
    for call in [libc::SYS_mmap, libc::SYS_mprotect] {
        rules.insert(call, vec![when(2, Op::MaskedEq(executable), 0)?]);
    }
    // abort() raises a signal, in this process only; our handler then leaves with an exit code that says why.
    rules.insert(libc::SYS_tgkill, vec![when(0, Op::Eq, u64::from(std::process::id()))?]);
    for call in [
        libc::SYS_munmap,
        libc::SYS_mremap,
        libc::SYS_brk,
        libc::SYS_madvise,
        libc::SYS_mincore,
        libc::SYS_futex,
        libc::SYS_exit,
        libc::SYS_exit_group,
        libc::SYS_rt_sigreturn,
        libc::SYS_rt_sigprocmask,
        libc::SYS_sigaltstack,
        libc::SYS_clock_gettime,
        libc::SYS_getrandom,
        libc::SYS_getpid,
        libc::SYS_gettid,
    ] {
        rules.insert(call, Vec::new());
    }
    SeccompFilter::new(rules, SeccompAction::KillProcess, SeccompAction::Allow, std::env::consts::ARCH.try_into()?)?
        .try_into()
}

fn when(argument: u8, operator: Op, value: u64) -> Result<SeccompRule, seccompiler::BackendError> {
    SeccompRule::new(vec![SeccompCondition::new(argument, Len::Dword, operator, value)?])
}
