//! What a sign-in answers that waits for a second factor.

use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::challenge::Challenge;
use super::limits::CHALLENGE_TTL;
use crate::http::Json;

/// The password was right; nobody is signed in yet.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChallengeAnswer {
    /// `second_factor`: go on at `POST /api/v1/auth/second-factor`.
    next: Waiting,
    /// Send it there, with a code or a passkey's answer. It is good for nothing else.
    token: String,
    /// Seconds for which it is good.
    expires_in: u64,
    /// What the person has: `totp`, `passkey`. A recovery code stands in for either.
    methods: Vec<&'static str>,
}

/// What is waited for.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Waiting {
    /// A code, or a passkey.
    SecondFactor,
}

/// The response to a right password of somebody with a second factor.
pub(crate) fn answer(challenge: &Challenge) -> Response {
    let token = challenge.token.expose().to_owned();
    Json(ChallengeAnswer { next: Waiting::SecondFactor, token, expires_in: CHALLENGE_TTL.as_secs(), methods: challenge.methods.clone() }).into_response()
}
