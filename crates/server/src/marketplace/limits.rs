//! Every ceiling of listings, each with its reason.

/// Characters of a listed name: what fits a card.
pub const NAME_CHARS: usize = 50;

/// Characters of a tagline: half a line.
pub const TAGLINE_CHARS: usize = 100;

/// Characters of a listed description: a paragraph.
pub const DESCRIPTION_CHARS: usize = 500;

/// Characters of a category or tag: a word or two.
pub const WORD_CHARS: usize = 50;

/// Characters of an icon: an address or an emoji.
pub const ICON_CHARS: usize = 500;

/// Tags that are searched. The surveyed modules state twelve at most.
pub const TAGS: usize = 20;

/// Lowest price in cents of what costs something once or by subscription: below it, the card fee eats it.
pub const PRICE_LEAST: i64 = 100;

/// Highest price in cents.
pub const PRICE_MOST: i64 = 100_000;

/// Characters of the notes to a version, and of the reason of a deprecation or rejection.
pub const NOTE_CHARS: usize = 2_000;

/// Forks of a workflow that are shown; the count says how many there are.
pub const FORKS_SHOWN: u32 = 100;

/// Words of a search that count; each is one more comparison per listing.
pub const SEARCH_WORDS: usize = 4;

/// Items of a page of the marketplace.
pub const PAGE_MOST: u32 = 100;

/// Versions that a changelog tells of.
pub const CHANGELOG_VERSIONS: u32 = 500;

/// Word groups that code is compared by: all of a module of about 2,000 words, a fair sample of a larger one. 16 KB per workflow.
pub const SKETCH: usize = 2_048;

/// Code with fewer word groups than this is compared with nothing: two that call one service must look alike.
pub const SKETCH_LEAST: usize = 150;

/// The part of its word groups that a copy shares: publishing is refused above it (spec marketplace §12).
pub const COPY: f64 = 0.95;

/// The part from which a fork is suggested.
pub const ALIKE: f64 = 0.85;

/// Sketches read at once when code is compared: 1.6 MB.
pub const SKETCHES_READ: u32 = 100;
