//! Secrets on their way out and back. Workflow code only ever holds a placeholder; the value replaces it here, for
//! the hosts it belongs to, and whatever comes back is searched for the value in every usual spelling.

mod form;
mod mask;
mod set;
mod splice;

pub use set::{SecretSet, SecretString};
