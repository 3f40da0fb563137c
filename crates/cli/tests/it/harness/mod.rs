//! What the tests stand on: servers as processes, the command line, signed webhooks.

mod clients;
mod collector;
mod database;
pub mod google;
pub mod people;
mod post;
mod server;
mod webhook;

pub use clients::Clients;
pub use collector::{Collector, Span};
pub use database::Database;
pub use post::Post;
pub use server::{Output, Server, Setup, binary, signal};
pub use webhook::{now_s, path_headers, send, zoom_ended};

use std::time::{Duration, Instant};

/// Writes a test once and runs it on both databases.
macro_rules! both {
    ($($(#[$meta:meta])* async fn $name:ident($db:ident : Database) $body:block)*) => {$(
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            $(#[$meta])*
            async fn body($db: $crate::harness::Database) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                Box::pin(body($crate::harness::Database::Embedded)).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                Box::pin(body($crate::harness::Database::postgres().await)).await;
            }
        }
    )*};
}
pub(crate) use both;

/// Tries until something holds; fails with `what` when it does not within `limit`.
pub async fn eventually<T>(what: &str, limit: Duration, mut attempt: impl AsyncFnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = attempt().await {
            return found;
        }
        assert!(start.elapsed() < limit, "not within {limit:?}: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Long enough for a debug build on a busy machine, short enough to notice that something hangs.
pub const LONG: Duration = Duration::from_secs(60);
