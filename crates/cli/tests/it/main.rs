//! Black-box tests: real processes of the real executable, over HTTP and the command line, on both databases.
//!
//! Each test states one promise of the product. Services are stand-ins that count what they receive and can hold an answer
//! back, which is how a test chooses the moment of a crash.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod harness;

mod again;
mod audit;
mod bad_input;
mod boundaries;
mod ceilings;
mod closing;
mod commands;
mod complete_workflows;
mod conformance;
mod examples;
mod faults;
mod figures;
mod hostile;
mod identity;
mod lifecycle;
mod mails;
mod moving;
mod nodes;
mod observe;
mod pinned;
mod providers;
mod publishing;
mod quotas;
mod races;
mod renewing;
mod replay;
mod restored;
mod resume;
mod rollouts;
mod rotation;
mod row_security;
mod scenarios;
mod secrets;
mod serving;
mod sharing;
mod storage_trouble;
mod stories;
mod thinking;
mod typed;
mod upgrade;
mod variables;
mod waits;
mod walls;
