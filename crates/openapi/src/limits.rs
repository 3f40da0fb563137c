//! Every limit of an import, each with its reason. A document is a stranger's: it must not make the program loop, eat
//! memory or write what nobody can use.

/// Bytes of a document. The largest public ones (Microsoft Graph) have 47 MB.
pub const DOCUMENT_BYTES: usize = 64 * 1024 * 1024;

/// Values in a document, after YAML's aliases: those 47 MB are 2 million; a bomb of aliases is many more.
pub const DOCUMENT_VALUES: usize = 6_000_000;

/// How deep a document may nest. The readers and the walks recurse; real documents stay under 60.
pub const DOCUMENT_DEPTH: usize = 120;

/// Operations of one connector. Larger ones are cut with `--only`: a file must stay readable, and below what the loader
/// takes.
pub const OPERATIONS: usize = 4_000;

/// References followed in a row; a chain that is longer leads round in a circle.
pub const REFERENCES: usize = 32;

/// How deep a schema is looked into where its members are merged or its kind is asked for.
pub const SCHEMA_DEPTH: usize = 16;

/// Schemas that one question about a schema looks at: variants of variants multiply.
pub const SCHEMAS: usize = 3_000;

/// Members of an object that are looked at.
pub const MEMBERS: usize = 1_000;

/// How deep unnamed types nest in TypeScript before they become `unknown`.
pub const TYPE_DEPTH: usize = 24;

/// Bytes of the file of types: editors and compilers give up far beyond it.
pub const TYPES_BYTES: usize = 24 * 1024 * 1024;

/// Values of an enumeration, and variants of a union, that types spell out; a longer one is its base type.
pub const VARIANTS: usize = 200;

/// How deep samples go; below, only members that must be there.
pub const SAMPLE_DEPTH: usize = 8;

/// Values of one sample.
pub const SAMPLE_VALUES: usize = 1_500;

/// Optional parameters that a fixture gives.
pub const SAMPLE_OPTIONS: usize = 12;

/// Bytes of an example that a fixture takes from the document; a larger one is replaced by a sample.
pub const EXAMPLE_BYTES: usize = 32 * 1024;

/// Characters of an operation's name.
pub const NAME_CHARS: usize = 90;

/// Parts of an operation's name.
pub const NAME_PARTS: usize = 4;

/// Characters of a summary in the connector file.
pub const SUMMARY_CHARS: usize = 160;

/// Characters of a documentation comment.
pub const COMMENT_CHARS: usize = 800;

/// Members of an envelope that stay visible on a list.
pub const ENVELOPE_MEMBERS: usize = 20;

/// Servers beside the first.
pub const SERVERS: usize = 12;

/// Ways to sign in.
pub const WAYS: usize = 8;

/// Parameters of one operation.
pub const PARAMETERS: usize = 200;
