//! Every limit of the sandbox, each with its reason.

use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What one isolate and one child may use. `Limits::default()` is what the server runs with.
///
/// Limits that decide what a workflow *sees* (`max_pending_calls`, `max_logs_per_step`, `max_call_bytes`, …) count things,
/// never time, so that a replay meets them at the same point.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Limits {
    /// Heap of one isolate in bytes: 128 MiB, what the documentation of this ecosystem promises.
    pub heap_bytes: usize,
    /// Stack of one isolate in bytes: 512 KiB, about a thousand nested calls. Touching more ends the attempt.
    pub stack_bytes: usize,
    /// CPU of one turn: 10 s. Between two host calls a workflow parses and maps JSON; ten seconds is a hundred times that.
    pub cpu_per_turn: Duration,
    /// CPU of an inspection: 1 s. It only evaluates the module's top level.
    pub inspect_cpu: Duration,
    /// CPU beyond the limit before the host kills: 250 ms, a hundred times the distance between two interrupt polls.
    pub kill_grace: Duration,
    /// Wall clock of one turn as a multiple of its CPU limit: 6, for a machine that is badly overcommitted.
    pub wall_multiple: u32,
    /// One frame in either direction: 40 MiB, above `max_call_bytes`.
    pub max_frame: usize,
    /// Host calls of one run in flight at the same time: 1000. Beyond it the run fails.
    pub max_pending_calls: usize,
    /// Arguments of the calls that are asked between two deliveries, in bytes: 36 MiB, above a request body of 25 MiB as base64.
    /// Beyond it the run fails.
    pub max_call_bytes: usize,
    /// One log line (message, and separately its data): 8 KiB; the rest is cut and counted.
    pub max_log_line: usize,
    /// Log lines between two deliveries: 1000; the rest is counted in one last line.
    pub max_logs_per_step: u32,
    /// The result of a run as JSON: 16 MiB. Beyond it the run fails.
    pub max_result: usize,
    /// Isolates of one tenant that share a child: 32, so that a crash replays few runs.
    pub isolates_per_child: usize,
    /// Runs a child serves before it is replaced: 5000. Bounds fragmentation and whatever the engine leaks.
    pub runs_per_child: u64,
    /// CPU of a child's whole life, enforced by the kernel (`RLIMIT_CPU`) should the host be stuck: 600 s.
    pub cpu_per_child: Duration,
    /// Address space of a child: 2 GiB. Several full heaps fit, a runaway does not hurt the machine.
    pub address_space: u64,
    /// Programs a child keeps loaded: 64, about 4 MiB of bytecode each at worst.
    pub programs_per_child: usize,
    /// Bytecode the host keeps, in bytes: 64 MiB, a few thousand ordinary programs.
    pub bytecode_cache: usize,
    /// How long `open` waits for room in a child: 30 s.
    pub open_wait: Duration,
    /// How long a child may take from `exec` to its hello: 10 s, on a machine that builds at the same time.
    pub start_wait: Duration,
    /// A child without sessions is ended after this: 60 s. A tenant's next webhook usually comes sooner or much later.
    pub idle_child: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            heap_bytes: 128 << 20,
            stack_bytes: 512 << 10,
            cpu_per_turn: Duration::from_secs(10),
            inspect_cpu: Duration::from_secs(1),
            kill_grace: Duration::from_millis(250),
            wall_multiple: 6,
            max_frame: 40 << 20,
            max_pending_calls: 1000,
            max_call_bytes: 36 << 20,
            max_log_line: 8 << 10,
            max_logs_per_step: 1000,
            max_result: 16 << 20,
            isolates_per_child: 32,
            runs_per_child: 5000,
            cpu_per_child: Duration::from_secs(600),
            address_space: 2 << 30,
            programs_per_child: 64,
            bytecode_cache: 64 << 20,
            open_wait: Duration::from_secs(30),
            start_wait: Duration::from_secs(10),
            idle_child: Duration::from_secs(60),
        }
    }
}

/// Heap beyond `heap_bytes` that small allocations may still use until the next interrupt poll: 16 MiB. With it the engine
/// hardly ever meets a failed allocation, which is where its own bugs are.
pub(crate) const HEAP_RESERVE: usize = 16 << 20;

/// The region each isolate's engine lives in: 2 MiB. A fresh engine fills a quarter of it and an ordinary run the half;
/// what goes beyond comes from the system's allocator.
pub(crate) const HEAP_HOME: usize = 2 << 20;

/// Blank engines a child keeps: 32, as many as runs share it. With 4, runs that came in waves (a thousand timers due in one second)
/// made and freed an engine each, four fifths of a run's processor time; the 0.6 MB of each go with the child, a minute after its
/// last run.
pub(crate) const SPARE_ISOLATES: usize = 32;

/// How much of what a run added to its home is wiped by writing zeros; pages beyond that go back to the kernel: 256 KiB.
pub(crate) const HEAP_TAIL: usize = 256 << 10;

/// An allocation that counts as small for [`HEAP_RESERVE`]: 64 KiB.
pub(crate) const SMALL_ALLOCATION: usize = 64 << 10;

/// Stack between the watermark (`stack_bytes`) and the engine's own limit: 2 MiB, more than any single frame can reserve,
/// so that the engine cannot refuse a call without having crossed the watermark first.
pub(crate) const STACK_RESERVE: usize = 2 << 20;

/// Stack below the engine's limit for native code that does not check: 512 KiB.
pub(crate) const STACK_SLACK: usize = 512 << 10;

/// Stack noted for one call or line in a replay that asks for it: 1 KiB holds the frames that matter.
pub(crate) const MAX_SITE: usize = 1 << 10;

/// Calls and lines whose stack one turn notes: with [`MAX_SITE`] far below one frame.
pub(crate) const MAX_SITES: usize = 4_000;

/// Calls and logs leave the child in pieces of this size: 1 MiB, so that a long replay never meets `max_frame`.
pub(crate) const PIECE: usize = 1 << 20;

/// An error's message: 8 KiB; its stack: 16 KiB; its data: 64 KiB. They are stored with the run and shown to people.
pub(crate) const MAX_ERROR_MESSAGE: usize = 8 << 10;
/// See [`MAX_ERROR_MESSAGE`].
pub(crate) const MAX_ERROR_STACK: usize = 16 << 10;
/// See [`MAX_ERROR_MESSAGE`].
pub(crate) const MAX_ERROR_DATA: usize = 64 << 10;

/// Random bytes one request may ask for: 64 KiB, as the Web Crypto standard says.
pub(crate) const MAX_RANDOM_BYTES: usize = 65_536;

/// Heap of the compiler: 512 MiB. "Compile under a generous limit": the parser is where running out of memory crashes.
pub(crate) const COMPILER_HEAP: usize = 512 << 20;

/// Source of one program: 16 MiB of JavaScript in at most [`MAX_MODULES`] modules.
pub(crate) const MAX_SOURCE: usize = 16 << 20;
/// Modules of one program: 1000.
pub(crate) const MAX_MODULES: usize = 1000;

/// JSON nesting a delivery may have: 512 levels. The engine's parser recurses, and a run must not die of its input.
pub(crate) const MAX_JSON_DEPTH: usize = 512;
