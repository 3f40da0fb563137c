//! A run executed again from its journal, one delivery at a time, with its trace.
//!
//! The server makes the recording of a run with this, and whoever replays the recording elsewhere uses the same steps; so the
//! two traces can be compared.

use std::sync::Arc;

use crate::{
    error::SandboxError,
    pool::{Pool, Session},
    program::Program,
    trace::Trace,
    turn::{Delivery, Open, Turn},
};

/// A run that is being executed again.
#[derive(Debug)]
pub struct Replay {
    session: Session,
    trace: Trace,
    ended: bool,
}

impl Replay {
    /// Opens the run as it was opened, with an empty `replay`, and answers what it did first. Watched, so that every call and
    /// line comes with its place in the source.
    ///
    /// # Errors
    /// As [`Pool::open`].
    pub async fn open(pool: &Pool, tenant: &str, program: Arc<Program>, open: Open) -> Result<(Self, Turn), SandboxError> {
        let mut trace = Trace::default();
        trace.opened(&open);
        let (session, turn) = pool.open_watched(tenant, program, open).await?;
        trace.turned(&turn);
        let ended = turn.end.is_some();
        Ok((Self { session, trace, ended }, turn))
    }

    /// Gives the next outcome of the journal.
    ///
    /// # Errors
    /// As [`Session::deliver`]; the run cannot go on then.
    pub async fn deliver(&mut self, delivery: Delivery) -> Result<Turn, SandboxError> {
        self.trace.delivered(&delivery);
        let turn = self.session.deliver(vec![delivery]).await?;
        self.trace.turned(&turn);
        self.ended = turn.end.is_some();
        Ok(turn)
    }

    /// Whether the run has ended: it takes no further outcome.
    pub fn is_ended(&self) -> bool {
        self.ended
    }

    /// The trace so far, in hex.
    pub fn trace(&self) -> String {
        self.trace.hash()
    }
}
