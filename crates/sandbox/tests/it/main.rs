//! Integration tests of the sandbox: one binary.
#![allow(clippy::unwrap_used)]

mod children;
mod context;
mod determinism;
mod editor;
mod globals;
mod hostile;
mod inspect;
mod intl;
mod jailed;
mod replay;
mod reuse;
mod support;
mod turns;
