//! What the operator asks of publishing.

use super::reader::Reader;

/// What the operator asks of publishing.
#[derive(Debug, Clone, Copy, Default)]
pub struct MarketplaceConfig {
    /// Whether a version waits for staff before everybody finds it.
    pub review: bool,
}

impl MarketplaceConfig {
    pub(super) fn read(read: &mut Reader<'_>) -> Self {
        Self { review: read.flag("MILLRACE_MARKETPLACE_REVIEW") }
    }
}
