//! Every ceiling of this crate, each with its reason.

/// Author source in one bundle, in bytes. Ten decimal megabytes: the documented ceiling for a workflow; the largest
/// surveyed workflow is 30 kB, so whoever reaches this has bundled a data set by mistake.
pub const MAX_SOURCE_BYTES: usize = 10_000_000;

/// Author modules in one bundle. A workflow is one file, sometimes a dozen; a thousand means a dependency tree was pasted in.
pub const MAX_MODULES: usize = 1_000;

/// Brackets open at once. Code written by people stays below 30 and generated code below 100; every level costs the
/// parser stack, costs the sandbox's parser stack again, and nested `(` cost it time as well.
pub const MAX_BRACKET_DEPTH: usize = 256;

/// Upper bound of the syntax tree's depth, estimated before parsing: open brackets plus the tokens of the unfinished
/// expressions or statements they stand in. Without brackets one can nest too (`!!!!x`, `a + a + a`, `if (a) if (a)`).
/// A concatenation of 5,000 string literals, the longest honest chain thinkable, is 10,000 tokens.
pub const MAX_SYNTAX_DEPTH: usize = 20_000;

/// Stack of the thread that parses, in bytes. Trees of [`MAX_SYNTAX_DEPTH`] of every shape tried (operators, arrows,
/// conditionals, types, statements) fit into a quarter of this in an unoptimised build. It is reserved address space; only
/// the pages touched become memory.
pub const PARSER_STACK_BYTES: usize = 256 * 1024 * 1024;

/// Work of the parser for one bundle: tokens, each times one more than the parentheses and `<` open around it. A unit was
/// measured to cost up to 75 bytes and 0.3 microseconds, so this is half a gigabyte and two seconds at the very worst. A
/// million tokens of ordinary depth, about 4 MB of code without long literals, stay below.
pub const MAX_WORK: u64 = 6_000_000;

/// Share of [`MAX_WORK`] that a file may take however small it is.
pub const WORK_FOR_ANY_FILE: u64 = 200_000;

/// Share of [`MAX_WORK`] that a file may take for each byte. Ordinary code takes 1 to 3; deep callbacks in callbacks 6.
pub const WORK_PER_BYTE: u64 = 16;

/// Trees with more source than this, in bytes, are bundled one at a time, so that several large uploads do not add up to
/// more memory than a small server has.
pub const LARGE_TREE_BYTES: usize = 256 * 1024;

/// Bytes of a file that may be searched in vain for the end of a regular expression, because a `/` was a division after all:
/// several times the largest file.
pub const MAX_VAIN_BYTES: usize = 50_000_000;

/// Diagnostics reported for one tree. A generated file can hold a hundred thousand mistakes and nobody reads that many.
pub const MAX_DIAGNOSTICS: usize = 200;

/// Hosts named for the capability list. A person confirms that list; nobody reads more.
pub const MAX_HOSTS: usize = 1_000;

/// Re-exports between an import and what it means. Barrels are two or three deep; each level is walked for each name.
pub const MAX_REEXPORTS: usize = 64;

/// Length of a path in the tree, in bytes: the customary limit of file systems.
pub const MAX_PATH_BYTES: usize = 1_024;

/// Characters of a stack trace that are mapped; the rest is passed through. Traces are a few kilobytes, but a message in
/// front of one may be as long as the author likes.
pub const MAX_STACK_BYTES: usize = 256 * 1024;
