//! Limits of OAuth apps, each with its reason.

use std::time::Duration;

/// Fields of an app besides those that every app has; the richest sign-in of any connector has eight.
pub(super) const FIELDS: usize = 16;
/// Bytes of one field: a service-account key in PEM has 2 KB.
pub(super) const FIELD_BYTES: usize = 8 * 1024;
/// Scopes of an app; the largest providers know some hundreds, and nobody asks for all.
pub(super) const SCOPES: usize = 100;
/// Characters of a scope: Google's are addresses.
pub(super) const SCOPE_CHARS: usize = 255;
/// Characters of a justification or a review's note.
pub(super) const NOTE_CHARS: usize = 2_000;
/// Apps of one workspace: every provider there is, for some workflows of their own.
pub(super) const APPS: i64 = 500;
/// How often an app that is in use is looked at: the specification's.
pub(super) const CHECK_EACH: Duration = Duration::from_secs(15 * 60);
/// How often a node looks what is due. Several nodes look; one of them takes each row.
pub(super) const LOOK_EACH: Duration = Duration::from_secs(60);
/// Rows that one look takes: what is over waits a minute.
pub(super) const AT_ONCE: u32 = 100;
/// Connections whose token ends within this are renewed by the look, before a run waits for it.
pub(super) const RENEW_AHEAD: Duration = Duration::from_secs(5 * 60);
/// How long a service may take to say whether it takes a key.
pub(super) const ANSWER: Duration = Duration::from_secs(10);
/// Characters of a provider's refusal that are kept: a sentence.
pub(super) const ERROR_CHARS: usize = 200;
