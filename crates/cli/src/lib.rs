//! Everything behind the `millrace` executable: the server's start, and the customer's commands.
//!
//! The commands are a client of the HTTP API like anyone's: they hold no privilege and share no memory with the server. `test` alone
//! has a server of its own inside, for as long as it plays (docs/decisions/0021).
//! Data goes to standard output, talk to standard error; with `--json` both are JSON. `docs/cli.md` is the contract.

mod cli;
mod client;
mod commands;
pub mod demo;
mod exit;
mod failure;
mod limits;
mod login;
mod password;
mod place;
mod replay;
pub mod scenario;
mod source;
mod sse;
mod table;
mod terminal;
mod timeline;
mod view;

use std::process::ExitCode;

/// Runs the executable: a sandbox child, the server, or one command.
pub fn main() -> ExitCode {
    // A sandbox child jails itself before it has threads, a runtime, or anything parsed.
    if std::env::args_os().nth(1).is_some_and(|first| first == "sandbox-child") {
        millrace_sandbox::child_main();
    }
    cli::run()
}
