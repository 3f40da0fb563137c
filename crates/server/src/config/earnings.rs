//! What developers get, and when.

use super::reader::Reader;

/// How what a fork is sold for is divided, in percent that come to 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ForkSplit {
    /// The developer of the fork.
    pub fork: u8,
    /// The developer of the first workflow of its line.
    pub original: u8,
    /// The platform.
    pub platform: u8,
}

impl ForkSplit {
    /// What holds unless the operator decides otherwise (spec marketplace §12).
    pub const DEFAULT: Self = Self { fork: 68, original: 12, platform: 20 };

    /// `68/12/20`.
    fn parse(text: &str) -> Option<Self> {
        let parts: Vec<u8> = text.split('/').map(|part| part.trim().parse().ok()).collect::<Option<_>>()?;
        let [fork, original, platform] = parts[..] else { return None };
        (u32::from(fork) + u32::from(original) + u32::from(platform) == 100).then_some(Self { fork, original, platform })
    }
}

/// What developers get, and when.
#[derive(Debug, Clone, Copy)]
pub struct EarningsConfig {
    /// How what a fork is sold for is divided.
    pub fork_split: ForkSplit,
    /// The day of the month on which developers are paid.
    pub payout_day: i8,
    /// The least that is paid out, in cents. Less waits for the next month.
    pub payout_minimum: i64,
}

impl EarningsConfig {
    pub(super) fn read(read: &mut Reader<'_>) -> Self {
        let fork_split = match read.text("MILLRACE_FORK_SPLIT") {
            None => ForkSplit::DEFAULT,
            Some(text) => ForkSplit::parse(&text).unwrap_or_else(|| {
                read.refuse("MILLRACE_FORK_SPLIT", "must be percent for the fork, the original and the platform that come to 100, such as 68/12/20");
                ForkSplit::DEFAULT
            }),
        };
        // Every month has a 28th.
        let payout_day = read.number("MILLRACE_PAYOUT_DAY", 15, 1..=28);
        let payout_minimum = read.number("MILLRACE_PAYOUT_MINIMUM_CENTS", 2_500, 1..=100_000_000);
        Self { fork_split, payout_day, payout_minimum }
    }
}
