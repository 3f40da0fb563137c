//! Each wall of the jail is tried from inside.

use crate::support::{config, pool};
use millrace_sandbox::{ChildEnd, Isolation, Pool, Probe};

const SIGSYS: i32 = 31;

#[tokio::test]
async fn every_layer_is_in_force() {
    let layers = pool().await.layers();
    assert_eq!(layers.isolation, "process");
    assert!(layers.seccomp && layers.rlimits && layers.no_new_privs && layers.pdeathsig && layers.undumpable && layers.closed);
    // A kernel without Landlock is reported, not hidden; the server warns.
    assert!(layers.landlock || !layers.landlock_detail.is_empty(), "{layers:?}");
}

#[tokio::test]
async fn forbidden_system_calls_kill_the_child() {
    let pool = Pool::start_with_probes(config(Isolation::Process)).await.unwrap();
    for what in [
        "open", "stat", "socket", "connect", "execve", "fork", "thread", "ptrace", "kill_parent", "tgkill_parent", "io_uring", "bpf",
        "unshare", "mount", "process_vm_readv", "dup", "write_other_fd", "read_other_fd", "prlimit", "prctl", "exec_memory",
    ] {
        assert_eq!(pool.probe(what).await.unwrap(), Probe::Ended(ChildEnd::Signal(SIGSYS)), "{what}");
    }
    assert_eq!(pool.probe("allowed").await.unwrap(), Probe::Answered(0), "the probe itself works");
    assert_eq!(pool.probe("no such thing").await.unwrap(), Probe::Answered(-1));
}

#[tokio::test]
async fn a_child_of_the_product_answers_no_probe() {
    let pool = pool().await;
    assert!(matches!(pool.probe("allowed").await.unwrap(), Probe::Ended(ChildEnd::Exit(_))));
}

#[tokio::test]
async fn a_child_has_no_other_descriptor_and_no_environment() {
    let pool = pool().await;
    let (session, _) = crate::support::open(&pool, "await ctx.storage.get('k');").await;
    let pid = session.child_pid().unwrap();
    // Undumpable: only root may look. Without the right to look there is nothing to check.
    if let Ok(list) = std::fs::read_dir(format!("/proc/{pid}/fd")) {
        let open: Vec<_> = list.map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(open, ["3"]);
    }
    if let Ok(environment) = std::fs::read(format!("/proc/{pid}/environ")) {
        assert!(!environment.windows(5).any(|window| window == b"PATH="));
    }
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    for line in ["NoNewPrivs:\t1", "Seccomp:\t2", "Threads:\t1"] {
        assert!(status.contains(line), "{line}");
    }
}
