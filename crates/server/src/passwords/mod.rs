//! Passwords: which are good enough, how they are kept, how one is checked.
//!
//! Kept as Argon2id. Hashing is slow on purpose, so it happens beside the asynchronous work, and only so many at once.

use http::StatusCode;

use crate::http::ApiError;

mod common;
mod hash;
pub mod limits;
pub(crate) mod lockout;
mod policy;

#[cfg(test)]
mod tests;

pub use hash::{Cost, Password, Passwords};
pub use policy::{check, is_long_enough_alone, too_weak_alone};

/// 401: no such address, or a wrong password. Which of them is not said.
pub(crate) fn invalid_credentials() -> ApiError {
    ApiError::new(StatusCode::UNAUTHORIZED, "INVALID_CREDENTIALS", "Address or password is wrong.").with_hint("POST /api/v1/auth/forgot-password sends a link that sets a new password.")
}
