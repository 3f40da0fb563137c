//! Limits of `storage` and `env.KV`, each with its reason.

/// Longest key in bytes (spec workflow-sdk §5): keys are index entries.
pub const KEY_BYTES: usize = 512;

/// Largest value as JSON text: the spec asks for at least 1 MB; more belongs in a file.
pub const VALUE_BYTES: usize = 2 * 1024 * 1024;

/// Most keys that one list answers; a cursor leads on.
pub const LIST_KEYS: u32 = 1_000;

/// Most keys that `storage.keys()` answers, which has no cursor.
pub const ALL_KEYS: u32 = 10_000;

/// Shortest and longest time to live of a KV value, in seconds: a minute as in the ecosystem's store, ten years.
pub const TTL_SECONDS: (i64, i64) = (60, 10 * 365 * 86_400);
