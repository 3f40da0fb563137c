//! Time on a stage: it stands until everything rests, then jumps to whatever is due next.

use std::time::{Duration, Instant};

use millrace_clock::Timestamp;
use millrace_engine::EngineError;

use super::{Stage, limits};

/// Why a stage does not come to rest.
#[derive(Debug, thiserror::Error)]
pub enum Restless {
    /// A run still moves.
    #[error("something still moves after {} s", limits::REST.as_secs())]
    Moving,
    /// Waits follow each other without end.
    #[error("more than {} waits have passed within one step", limits::MOVES)]
    Endless,
    /// The database failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

impl Stage {
    /// Lets everything go on that can, until all runs have ended or wait for longer than a minute.
    ///
    /// # Errors
    /// It does not come to rest.
    pub async fn rest(&self) -> Result<(), Restless> {
        self.rest_within(limits::PATIENCE).await
    }

    /// Moves time to `to`; everything due on the way happens at its own instant.
    ///
    /// # Errors
    /// It does not come to rest.
    pub async fn pass_to(&self, to: Timestamp) -> Result<(), Restless> {
        for _ in 0..limits::MOVES {
            self.rest_within(Duration::ZERO).await?;
            match self.next().await?.filter(|at| *at <= to) {
                Some(at) => self.move_to(at),
                None => {
                    self.move_to(to.max(self.now()));
                    return self.rest().await;
                }
            }
        }
        Err(Restless::Endless)
    }

    /// When the installation's next schedule fires.
    ///
    /// # Errors
    /// The database failed.
    pub async fn next_slot(&self) -> Result<Option<Timestamp>, EngineError> {
        self.app.engine.next_slot().await
    }

    async fn rest_within(&self, patience: Duration) -> Result<(), Restless> {
        for _ in 0..limits::MOVES {
            self.stillness().await?;
            match self.app.engine.next_limit().await? {
                Some(at) if at <= self.now().plus(patience) => self.move_to(at),
                _ => return Ok(()),
            }
        }
        Err(Restless::Endless)
    }

    /// Waits until nothing moves and nothing is due.
    async fn stillness(&self) -> Result<(), Restless> {
        let begun = Instant::now();
        loop {
            if self.app.engine.is_quiet().await? && self.next().await?.is_none_or(|at| at > self.now()) {
                return Ok(());
            }
            if begun.elapsed() > limits::REST {
                return Err(Restless::Moving);
            }
            tokio::time::sleep(limits::LOOK).await;
        }
    }

    async fn next(&self) -> Result<Option<Timestamp>, EngineError> {
        let engine = &self.app.engine;
        Ok([engine.next_limit().await?, engine.next_slot().await?].into_iter().flatten().min())
    }

    fn move_to(&self, at: Timestamp) {
        self.app.clock.set(at.max(self.now()));
        self.app.engine.wake();
    }
}
