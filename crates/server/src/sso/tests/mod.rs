//! Signing in at a real provider, and everything that must not work.
#![allow(clippy::unwrap_used)]

mod coming_back;
mod joining;
mod leaving;
mod peer;
mod refusals;
mod trust;
mod workspaces;

/// Begins at the installation's own provider.
const LOGIN: &str = "/api/v1/auth/sso/default/login";
/// The same, for the first time.
const SIGNUP: &str = "/api/v1/auth/sso/default/login?intent=signup";
