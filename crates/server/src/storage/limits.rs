//! Limits of `storage` and `env.KV`, each with its reason.

/// Longest key in bytes (spec workflow-sdk §5): keys are index entries.
pub const KEY_BYTES: usize = 512;

/// Largest value as JSON text (spec marketplace §10): more belongs in a file.
pub const VALUE_BYTES: usize = 1024 * 1024;

/// What one workflow may keep in one workspace, keys and values of both key spaces together (spec marketplace §10).
pub const SCOPE_BYTES: u64 = 100 * 1024 * 1024;

/// Expired values that one statement forgets: nobody waits long for it.
pub const FORGOTTEN_AT_ONCE: u32 = 1_000;

/// Such statements in one look; what is left goes in the next one.
pub const FORGET_PASSES: u32 = 100;

/// Most keys that one list answers; a cursor leads on.
pub const LIST_KEYS: u32 = 1_000;

/// Most keys that `storage.keys()` answers, which has no cursor.
pub const ALL_KEYS: u32 = 10_000;

/// Shortest and longest time to live of a KV value, in seconds: a minute as in the ecosystem's store, ten years.
pub const TTL_SECONDS: (i64, i64) = (60, 10 * 365 * 86_400);
