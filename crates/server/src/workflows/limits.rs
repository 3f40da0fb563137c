//! Every ceiling of workflows, each with its reason.

/// Declared fields of one workflow. The largest surveyed one declares 24; a form of hundreds is a data set.
pub const FIELDS: usize = 200;

/// Declared triggers of one workflow. Seven of 56 surveyed modules declare more than one, none more than four.
pub const TRIGGERS: usize = 20;

/// Declared integrations of one workflow.
pub const INTEGRATIONS: usize = 50;

/// Characters of a name; what fits a list row.
pub const NAME_CHARS: usize = 200;

/// Characters of an id that a module states.
pub const SLUG_CHARS: usize = 100;

/// JSON text of one definition or metadata block. It is read on every page that shows the workflow.
pub const DEFINITION_BYTES: usize = 512 * 1024;

/// Shortest interval of a poll in seconds: below it, a webhook is the right tool.
pub const POLL_SECONDS: i64 = 60;

/// Memory that loaded versions may take before the one used longest ago goes.
pub const LOADED_BYTES: usize = 48 * 1024 * 1024;

/// Source trees bundled at once: each takes a processor, and up to some hundred megabytes for the largest ones.
pub const BUILDS: usize = 4;

/// Attempts to store a deploy when another deploy of the same workflow commits in between.
pub const DEPLOY_ATTEMPTS: u32 = 5;

/// Versions shown with a workflow, newest first.
pub const VERSIONS_SHOWN: u32 = 100;
