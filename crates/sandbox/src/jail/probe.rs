//! Forbidden acts, tried on purpose. Only a child started with `--test-probes` listens to the frame that asks for one:
//! tests prove with it that each wall stands, as the program inside cannot even express these acts.
#![allow(unsafe_code)]

/// Tries `what` and answers the error number, 0 when it succeeded. Most probes never come back: the kernel kills the
/// process. An unknown name answers -1.
pub(crate) fn attempt(what: &str) -> i32 {
    let path = c"/etc/passwd";
    let null: *const u8 = std::ptr::null();
    // SAFETY: system calls whose pointer arguments are null or a valid C string. If a wall were missing, the worst is an
    // open descriptor, a forked or replaced process, in a child that exists only for this test.
    let result = unsafe {
        match what {
            "open" => libc::syscall(libc::SYS_openat, libc::AT_FDCWD, path.as_ptr(), libc::O_RDONLY, 0),
            "stat" => libc::syscall(libc::SYS_statx, libc::AT_FDCWD, path.as_ptr(), 0, 0, null),
            "socket" => libc::syscall(libc::SYS_socket, libc::AF_INET, libc::SOCK_STREAM, 0),
            "connect" => libc::syscall(libc::SYS_connect, super::SOCKET, null, 0),
            "execve" => libc::syscall(libc::SYS_execve, c"/bin/true".as_ptr(), null, null),
            "fork" => libc::syscall(libc::SYS_clone, libc::SIGCHLD, 0, 0, 0, 0),
            "thread" => libc::syscall(libc::SYS_clone3, null, 0),
            "ptrace" => libc::syscall(libc::SYS_ptrace, libc::PTRACE_TRACEME, 0, null, null),
            "kill_parent" => libc::syscall(libc::SYS_kill, 1, 0),
            "tgkill_parent" => libc::syscall(libc::SYS_tgkill, 1, 1, libc::SIGTERM),
            "io_uring" => libc::syscall(libc::SYS_io_uring_setup, 8, null),
            "bpf" => libc::syscall(libc::SYS_bpf, 0, null, 0),
            "unshare" => libc::syscall(libc::SYS_unshare, libc::CLONE_NEWUSER),
            "mount" => libc::syscall(libc::SYS_mount, null, null, null, 0, null),
            "process_vm_readv" => libc::syscall(libc::SYS_process_vm_readv, 1, null, 0, null, 0, 0),
            "dup" => libc::syscall(libc::SYS_dup, super::SOCKET),
            "write_other_fd" => libc::syscall(libc::SYS_write, 4, path.as_ptr(), 1),
            "read_other_fd" => libc::syscall(libc::SYS_read, 0, null, 0),
            "prlimit" => libc::syscall(libc::SYS_prlimit64, 0, libc::RLIMIT_NOFILE, null, null),
            "prctl" => libc::syscall(libc::SYS_prctl, libc::PR_SET_DUMPABLE, 1, 0, 0, 0),
            "exec_memory" => libc::syscall(
                libc::SYS_mmap,
                null,
                4096,
                libc::PROT_READ | libc::PROT_WRITE | libc::PROT_EXEC,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
                -1,
                0,
            ),
            "allowed" => libc::syscall(libc::SYS_getpid),
            _ => return -1,
        }
    };
    if result < 0 { std::io::Error::last_os_error().raw_os_error().unwrap_or(-1) } else { 0 }
}
