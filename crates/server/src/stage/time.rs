//! Time on a stage: it stands until everything rests, then jumps to whatever is due next.

use std::time::Instant;

use millrace_clock::Timestamp;
use millrace_engine::{Coming, EngineError};

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
        for _ in 0..limits::MOVES {
            match self.stillness().await?.limit {
                Some(at) if at <= self.now().plus(limits::PATIENCE) => self.move_to(at),
                _ => return Ok(()),
            }
        }
        Err(Restless::Endless)
    }

    /// Moves time to `to`; everything due on the way happens at its own instant.
    ///
    /// # Errors
    /// It does not come to rest.
    pub async fn pass_to(&self, to: Timestamp) -> Result<(), Restless> {
        for _ in 0..limits::MOVES {
            match self.stillness().await?.first().filter(|at| *at <= to) {
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
    /// It does not come to rest.
    pub async fn next_slot(&self) -> Result<Option<Timestamp>, Restless> {
        Ok(self.stillness().await?.slot)
    }

    /// Waits until nothing moves and nothing is due.
    async fn stillness(&self) -> Result<Coming, Restless> {
        let begun = Instant::now();
        loop {
            if let Some(coming) = self.app.engine.coming().await? {
                return Ok(coming);
            }
            if begun.elapsed() > limits::REST {
                return Err(Restless::Moving);
            }
            tokio::time::sleep(limits::LOOK).await;
        }
    }

    fn move_to(&self, at: Timestamp) {
        self.app.clock.set(at.max(self.now()));
        self.app.engine.wake();
    }
}
