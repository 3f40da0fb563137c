//! Limits of backup files, each with its reason.

/// Rows are gathered into pieces of about this many bytes: enough to compress well, little to keep in memory.
pub(super) const PIECE_BYTES: usize = 8 * 1024 * 1024;

/// No piece of a file is read above this: a row may hold a payload of 32 MB, in hex twice that, beside a full piece.
pub(super) const ENTRY_BYTES: u64 = 160 * 1024 * 1024;

/// Compression of rows: level 3 keeps up with a disk; more costs minutes and saves a few per cent.
pub(super) const LEVEL: i32 = 3;

/// The window that a compressed file may ask for, as a power of two: 128 MB, what `zstd` itself accepts by default.
pub(super) const WINDOW_LOG: u32 = 27;
