//! Whether a version fails so much more than those before it that its rollout halts itself. Pure: values in, a sentence out.

use super::model::{AutoHalt, Counted};

/// Why the rollout is to be halted; nothing while it may go on (spec marketplace §8: more than twice the old rate, at least 20 runs).
pub fn verdict(halts: &AutoHalt, counted: &Counted) -> Option<String> {
    let new = counted.new.rate().filter(|_| halts.enabled && counted.new.ended >= halts.min_runs.max(1))?;
    let old = counted.old.rate().unwrap_or(0.0);
    let allowed = if counted.old.failed == 0 { halts.floor_percent / 100.0 } else { halts.factor * old };
    (new > allowed).then(|| {
        let before = if counted.old.ended == 0 { "no run of the versions before has ended".to_owned() } else { format!("{:.1} % of the versions before", old * 100.0) };
        format!("{} of {} runs of this version failed ({:.1} %; {before})", counted.new.failed, counted.new.ended, new * 100.0)
    })
}

#[cfg(test)]
mod tests {
    use super::super::model::Ends;
    use super::*;

    fn halts(new: (i64, i64), old: (i64, i64)) -> bool {
        let ends = |(failed, ended): (i64, i64)| Ends { ended, failed };
        verdict(&AutoHalt::default(), &Counted { new: ends(new), old: ends(old) }).is_some()
    }

    #[test]
    fn twice_the_old_rate_in_twenty_runs_is_too_much() {
        assert!(halts((9, 20), (20, 100)) && !halts((8, 20), (20, 100)), "more than twice 20 %");
        assert!(!halts((19, 19), (0, 100)), "nineteen runs say little");
        assert!(halts((2, 20), (0, 100)) && !halts((1, 20), (0, 100)), "no failure before: more than 5 %");
        assert!(halts((20, 20), (0, 0)), "nothing to compare with");
        assert!(!halts((0, 1_000), (0, 0)) && !halts((50, 100), (50, 100)));
        let off = AutoHalt { enabled: false, ..AutoHalt::default() };
        assert_eq!(verdict(&off, &Counted { new: Ends { ended: 50, failed: 50 }, old: Ends::default() }), None);
    }
}
