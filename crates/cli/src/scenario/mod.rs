//! Scenarios: workflow tests as data, played on a server inside this process.

pub mod file;
mod check;
pub mod installed;
pub mod matching;
pub mod network;
mod play;
mod record;
mod report;

pub use play::{Ground, Played, play};
pub use record::record;
pub use report::{json, junit, text};
