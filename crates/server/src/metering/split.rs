//! Who gets how much of what a fork is sold for: whole cents that always come to the sum.

use crate::config::ForkSplit;

/// Parts of an amount, in cents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Parts {
    /// The developer of the fork.
    pub(super) fork: i64,
    /// The developer of the original.
    pub(super) original: i64,
    /// The platform.
    pub(super) platform: i64,
}

/// Divides an amount. Each part is what its percentage comes to, in whole cents; the cents that are left go to those who lost the largest
/// fraction of one, the fork before the original before the platform where they lost as much.
pub(super) fn split(cents: i64, by: ForkSplit) -> Parts {
    let shares = [by.fork, by.original, by.platform].map(i64::from);
    let mut parts = shares.map(|share| cents * share / 100);
    let mut order = [0, 1, 2];
    order.sort_by_key(|i| std::cmp::Reverse(cents * shares[*i] % 100));
    // Three fractions of a cent come to two cents at most.
    let left = usize::try_from(cents - parts.iter().sum::<i64>()).unwrap_or(0);
    for i in order.into_iter().take(left) {
        parts[i] += 1;
    }
    let [fork, original, platform] = parts;
    Parts { fork, original, platform }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn of_a_hundred_it_is_the_percentages() {
        assert_eq!(split(10_000, ForkSplit::DEFAULT), Parts { fork: 6_800, original: 1_200, platform: 2_000 });
        assert_eq!(split(9_680, ForkSplit::DEFAULT), Parts { fork: 6_582, original: 1_162, platform: 1_936 });
        assert_eq!(split(0, ForkSplit::DEFAULT), Parts { fork: 0, original: 0, platform: 0 });
        assert_eq!(split(1, ForkSplit::DEFAULT), Parts { fork: 1, original: 0, platform: 0 });
        assert_eq!(split(1, ForkSplit { fork: 50, original: 50, platform: 0 }), Parts { fork: 1, original: 0, platform: 0 });
    }

    proptest! {
        #[test]
        fn no_cent_is_lost_or_made(cents in 0_i64..=10_000_000, fork in 0_u8..=100, other in 0_u8..=100) {
            let original = (100 - fork).min(other);
            let by = ForkSplit { fork, original, platform: 100 - fork - original };
            let parts = split(cents, by);
            prop_assert_eq!(parts.fork + parts.original + parts.platform, cents);
            for (part, share) in [(parts.fork, by.fork), (parts.original, by.original), (parts.platform, by.platform)] {
                prop_assert!(part >= 0);
                prop_assert!((part * 100 - cents * i64::from(share)).abs() < 100, "{} of {} is {}", share, cents, part);
            }
        }
    }
}
