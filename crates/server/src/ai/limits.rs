//! Limits of asking models, each with its reason.

use std::time::Duration;

/// Tokens of an answer when a workflow names no number: what the ecosystem's clients ask for.
pub(super) const USUAL_TOKENS: u32 = 1_024;

/// The highest temperature that any of the protocols knows.
pub(super) const WARMEST: f64 = 2.0;

/// Texts of one call for vectors: the smallest limit among the providers.
pub(super) const TEXTS: usize = 100;

/// Attempts in all while a provider is busy or down.
pub(super) const ATTEMPTS: u32 = 3;

/// How often a model may refuse an option before its answer stands.
pub(super) const RELENTINGS: u32 = 3;

/// Pause before the second attempt, doubled for the third, where the provider names none.
pub(super) const PAUSE: Duration = Duration::from_secs(1);

/// The longest pause a provider may impose; one that wants a longer one is answered to the workflow, which can wait for nothing.
pub(super) const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Characters of what a provider says about a failure that a workflow is told.
pub(super) const PROBLEM_CHARS: usize = 500;
