//! Every ceiling of variables, each with its reason.

/// Variables of one workflow. Surveyed modules read five names at most.
pub const VARIABLES: usize = 100;

/// Characters of a name.
pub const NAME_CHARS: usize = 64;

/// Bytes of one value: a private key in PEM has 3 KB, a fat token 8 KB.
pub const VALUE_BYTES: usize = 16 * 1024;

/// Bytes of all values of a workflow together, as they are stored: they travel into the sandbox with every run, and every change
/// keeps a copy for each installation.
pub const ALL_BYTES: usize = 128 * 1024;
