//! Whether and how much callers are limited.

use std::num::NonZeroU32;

use super::reader::Reader;

/// Whether and how much callers are limited.
#[derive(Debug, Clone)]
pub struct RateLimitConfig {
    /// Every allowance is multiplied by this; nothing: there are no limits.
    pub factor: Option<NonZeroU32>,
}

/// Above this a limit would be none.
const MOST: u32 = 1_000;

impl RateLimitConfig {
    pub(super) fn read(read: &mut Reader<'_>) -> Self {
        let factor = match read.text("MILLRACE_RATE_LIMITS").as_deref() {
            None | Some("on") => Some(NonZeroU32::MIN),
            Some("off") => None,
            Some(text) => {
                let factor = text.parse().ok().filter(|n: &NonZeroU32| n.get() <= MOST);
                if factor.is_none() {
                    read.refuse("MILLRACE_RATE_LIMITS", format!("must be `on`, `off`, or a number from 1 to {MOST} that all limits are multiplied by"));
                }
                Some(factor.unwrap_or(NonZeroU32::MIN))
            }
        };
        Self { factor }
    }

    /// Whether nobody is limited.
    pub const fn is_off(&self) -> bool {
        self.factor.is_none()
    }
}
