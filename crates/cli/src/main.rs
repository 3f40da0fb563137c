//! The `millrace` executable.

use std::process::ExitCode;

/// Runs allocate many small things on many threads; the system's allocator took a seventh of the server's time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    millrace_cli::main()
}
