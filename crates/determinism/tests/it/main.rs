//! Generated programs through the sandbox and through the whole engine, a simulation of the engine, golden journals.
#![allow(clippy::unwrap_used, missing_docs)]

mod golden;
mod programs;
mod simulation;
mod whole;

/// The engine's own scripted programs: one set for its tests and for the simulation.
#[allow(dead_code)]
#[path = "../../../engine/tests/it/script.rs"]
mod script;
