//! Generated programs through the sandbox and through the whole engine; golden journals.
#![allow(clippy::unwrap_used, missing_docs)]

mod programs;
