//! How the pauses inside a call pass: before a retry, between batches, for the sake of a rate limit.

use std::time::Duration;

use millrace_clock::Clock;

/// How pauses pass.
#[derive(Debug, Clone, Default)]
pub enum Pauses {
    /// By waiting.
    #[default]
    Waited,
    /// By moving a clock that stands still otherwise. Our own limits of rate, which keep providers from refusing us, are left out.
    Skipped(Clock),
}

impl Pauses {
    /// Lets `pause` pass.
    pub async fn pass(&self, pause: Duration) {
        match self {
            Self::Waited => tokio::time::sleep(pause).await,
            Self::Skipped(clock) => {
                clock.advance(pause);
                tokio::task::yield_now().await;
            }
        }
    }

    /// Whether time passes by itself.
    pub(super) const fn are_waited(&self) -> bool {
        matches!(self, Self::Waited)
    }
}
