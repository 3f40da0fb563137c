//! Generated async programs, interrupted anywhere and replayed.
//!
//! [`generate`] writes a TypeScript workflow from a seed, [`Oracle`] is the host that answers it, [`play`] executes it in the
//! real sandbox. One seed decides everything: the program, the outcomes of its calls, the order in which they complete, and
//! where the execution is interrupted. [`check`] does all of it for one seed and says what differed.

mod check;
mod generate;
mod oracle;
mod play;
mod shrink;

pub use check::{Checked, Difference, check, pool_config, report};
pub use generate::{Source, generate};
pub use oracle::{Oracle, outcome};
pub use play::{Cuts, Executed, Played, opening, play, program_of, uninterrupted};
