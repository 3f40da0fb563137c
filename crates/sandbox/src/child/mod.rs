//! The child: one loop over one socket, hosting isolates of one tenant.

mod serve;
mod socket;

pub(crate) use serve::{Role, serve};
pub(crate) use socket::Socket;

use crate::{isolate, jail};

/// Argument with which the server's binary becomes a child: `exe sandbox-child`.
pub const CHILD_ARGUMENT: &str = "sandbox-child";
/// Names the parent process, so that a child notices that it came too late.
pub(crate) const PARENT_ARGUMENT: &str = "--parent=";
/// Accept probe frames. For tests of the jail.
pub(crate) const PROBES_ARGUMENT: &str = "--test-probes";

/// Entry point of a child process: `argv[1]` is [`CHILD_ARGUMENT`]. Standard input is the frame socket. Never returns.
pub fn child_main() -> ! {
    // A panic message would be a forbidden system call; the exit code says enough.
    std::panic::set_hook(Box::new(|_| {}));
    let code = std::panic::catch_unwind(process).unwrap_or(crate::wire::exit::FAULT);
    std::process::exit(code)
}

fn process() -> i32 {
    let mut parent = 0;
    let mut probes = false;
    for argument in std::env::args().skip(2) {
        if let Some(id) = argument.strip_prefix(PARENT_ARGUMENT) {
            parent = id.parse().unwrap_or(0);
        }
        probes |= argument == PROBES_ARGUMENT;
    }
    let Ok(socket) = Socket::of_process() else { return crate::wire::exit::PROTOCOL };
    serve(socket, Role::Process { parent, probes })
}

/// Everything that needs the outside world, done while it can still be reached.
fn warm() {
    utc();
    isolate::warm();
}

/// Local time is UTC for every program. The text form needs no file.
#[allow(unsafe_code)]
fn utc() {
    unsafe extern "C" {
        fn tzset();
    }
    // SAFETY: a child has one thread here, and `inline` says in its documentation what it does to the process.
    unsafe {
        std::env::set_var("TZ", "UTC0");
        tzset();
        std::env::remove_var("TZ");
    }
}

/// Closes the jail and reports it.
fn imprison(limits: &crate::Limits, parent: i32) -> Result<jail::JailReport, String> {
    isolate::last_words::arm();
    jail::close(limits, parent)
}
