//! Which installations come first: a number from 0 to 9999 that follows from the ids alone (spec marketplace §8).

use millrace_ids::{InstallationId, WorkflowId};
use sha2::{Digest as _, Sha256};

/// Everybody, in the basis points of a percentage.
pub const EVERYBODY: i64 = 10_000;

/// The place of an installation among those of its workflow, 0 to 9999. It is the same on every node and after every restart, so that a
/// higher percentage only adds installations; `salt` gives other places.
pub fn bucket(workflow: &WorkflowId, installation: &InstallationId, salt: Option<&str>) -> i64 {
    let mut text = format!("rollout:{workflow}:{installation}");
    if let Some(salt) = salt {
        text.push(':');
        text.push_str(salt);
    }
    let digest = Sha256::digest(text.as_bytes());
    let first = digest.iter().take(8).fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
    i64::try_from(first % EVERYBODY.unsigned_abs()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::collections::BTreeSet;

    fn workflow() -> WorkflowId {
        "wf_01h455vb4pex5vsknk084sn02q".parse().unwrap()
    }

    #[test]
    fn the_place_follows_from_the_ids_alone() {
        // `printf rollout:wf_01h455vb4pex5vsknk084sn02q:inst_01h455vb4pex5vsknk084sn02q | sha256sum`, the first 16 digits mod 10000.
        let installation: InstallationId = "inst_01h455vb4pex5vsknk084sn02q".parse().unwrap();
        assert_eq!(bucket(&workflow(), &installation, None), PLACE);
        assert_eq!(bucket(&workflow(), &installation, Some("2.0.0")), SALTED);
    }
    const PLACE: i64 = 9_718;
    const SALTED: i64 = 540;

    #[test]
    fn ten_thousand_installations_are_spread_evenly_and_a_higher_percentage_only_adds() {
        let ids: Vec<InstallationId> = (0..10_000).map(|n| format!("inst_01h455vb4pex5vsknk084s{n:04}").parse().unwrap()).collect();
        let reached = |percent: i64| -> BTreeSet<&InstallationId> { ids.iter().filter(|id| bucket(&workflow(), id, None) < percent * 100).collect() };
        let (tenth, quarter, all) = (reached(10), reached(25), reached(100));
        assert!(tenth.is_subset(&quarter) && quarter.is_subset(&all));
        assert!(tenth.len().abs_diff(1_000) <= 50 && quarter.len().abs_diff(2_500) <= 50, "{} {}", tenth.len(), quarter.len());
        assert_eq!((reached(0).len(), all.len()), (0, 10_000));
        let salted = ids.iter().filter(|id| bucket(&workflow(), id, Some("2.0.0")) < 1_000).collect::<BTreeSet<_>>();
        assert!(salted.intersection(&tenth).count() < 250, "a salt gives others the first place");
    }
}
