//! Untrusted JavaScript in jailed child processes.
//!
//! A [`Pool`] keeps child processes of this same binary. Each hosts QuickJS isolates of one tenant, one fresh isolate per
//! run. [`Pool::open`] starts a run and answers its first [`Turn`]: the host calls it asked for, its log lines, perhaps
//! its end. The caller performs the calls and gives their outcomes back with [`Session::deliver`], one [`Delivery`] after
//! another; the isolate runs until it has nothing left to do, and answers with the next turn. Nothing else enters an
//! isolate and nothing else leaves it, so the same deliveries make the same turns, on any machine.
//!
//! # The context
//!
//! [`Open::context`] is a JSON object from which the handler's argument is built:
//!
//! | member | becomes |
//! |---|---|
//! | `trigger` | `ctx.trigger`, with `payload` the same reference as `data` |
//! | `inputs` | `ctx.inputs`, the same object as `ctx.config` |
//! | `integrations` | `{name: {service, operations: ["pages.create", …], account?, access_token?}}` → `ctx.integrations` and `ctx.actions` |
//! | `aliases` | `{"googleSheets": "google-sheets"}`: further names for integrations |
//! | `env` | `ctx.env` members, beside `KV`, and `AI` when `ai` is true |
//! | `ai` | whether a language model is configured |
//! | `runId`, `userId`, `installationId`, `organizationId`, `workflowId` | the same names (snake_case accepted) |
//! | `state` | `ctx.state`, what `continueWith` left |
//! | `error` | `{name, message, stack}`: the handler gets an `Error` that carries the context, and the context as second argument |
//! | `args` | when present, the handler gets exactly these arguments and nothing above matters |

mod child;
mod error;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
mod inspection;
mod isolate;
mod jail;
mod limits;
mod measure;
mod native;
mod pool;
mod prelude;
mod program;
mod replay;
mod trace;
mod turn;
mod wire;

pub use child::{CHILD_ARGUMENT, child_main};
pub use error::SandboxError;
pub use inspection::{Inspection, OtherDefinition};
pub use jail::JailReport;
pub use limits::Limits;
pub use measure::describe as describe_metrics;
pub use pool::{ChildEnd, Isolation, Pool, PoolConfig, Probe, Session};
pub use program::{Program, ProgramModule};
pub use replay::Replay;
pub use trace::Trace;
pub use turn::{Call, Delivery, End, LogLine, Open, Outcome, ScriptError, Sites, Turn};
