//! One isolate: a fresh engine for one run, from its opening to its end.
//!
//! The isolate knows nothing of processes and sockets. Its loop is: settle the promise of one call, run every job that
//! follows from it, look at the limits, go on with the next delivery.

mod baked;
mod bridge;
mod compile;
mod core;
mod guard;
mod heap;
pub(crate) mod last_words;
mod lazy;
mod loader;
mod pages;
mod run;
mod stack;
mod state;
mod text;
mod thrown;

pub(crate) use baked::warm;
pub(crate) use compile::{Detail, compile, engine};
pub(crate) use guard::thread_cpu_ns;
pub(crate) use loader::Loaded;
pub(crate) use run::{Isolate, inspect};
pub(crate) use stack::Watermark;
