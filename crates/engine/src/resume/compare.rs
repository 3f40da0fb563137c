//! Comparing what a program asks for with what a journal says it asked for. Pure: values in, values out.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::Call;
use crate::journal::{Entry, args_hash};

/// A call as people see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// What kind of effect.
    pub kind: String,
    /// Its arguments as they may be shown, JSON text.
    pub args: String,
}

/// What the program does now where the journal has a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "does", rename_all = "snake_case")]
pub enum Now {
    /// It asks for something else, or for the same at another moment.
    Asks(Asked),
    /// It has ended.
    Ended,
    /// It waits for calls that come before.
    Waits,
}

/// The first call that is not the same any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// The call's number.
    pub seq: u64,
    /// What the journal says; nothing when this call never completed.
    pub recorded: Option<Asked>,
    /// What the program does.
    pub now: Now,
}

/// What is to be done with one entry of the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meet {
    /// The program has asked for exactly this: give it the outcome.
    Deliver,
    /// It has not; the first call that differs has this number, or a smaller one.
    Differs(u64),
}

/// A program in the making beside a journal in the reading.
#[derive(Debug, Default)]
pub(crate) struct Comparison {
    asked: u64,
    open: HashMap<u64, (String, Asked, bool)>,
}

impl Comparison {
    /// The program asks for a call; `shown` are its arguments without secrets.
    pub(crate) fn asks(&mut self, call: &Call, shown: String) {
        self.asked = self.asked.max(call.seq);
        self.open.insert(call.seq, (args_hash(call), Asked { kind: call.kind.clone(), args: shown }, call.once));
    }

    /// How many calls it has asked for.
    pub(crate) fn asked(&self) -> u64 {
        self.asked
    }

    /// The journal has an entry.
    pub(crate) fn meet(&self, entry: &Entry) -> Meet {
        let seq = u64::try_from(entry.seq).unwrap_or(0);
        match self.open.get(&seq) {
            Some((hash, asked, _)) if *hash == entry.args_hash && asked.kind == entry.kind => Meet::Deliver,
            Some(_) => Meet::Differs(seq),
            // Everything between what it has asked for and this call is missing; the first of that is the difference.
            None => Meet::Differs(self.asked + 1),
        }
    }

    /// The call's outcome was given. Answers whether it is one that must never be made twice.
    pub(crate) fn settled(&mut self, seq: u64) -> bool {
        self.open.remove(&seq).is_some_and(|(_, _, once)| once)
    }

    /// The first call that it asked for and was not answered.
    pub(crate) fn first_open(&self) -> Option<(u64, Asked)> {
        self.open.iter().min_by_key(|(seq, _)| **seq).map(|(seq, (_, asked, _))| (*seq, asked.clone()))
    }

    /// What the program does at a number that has no settled call.
    pub(crate) fn now(&self, seq: u64, ended: bool) -> Now {
        match self.open.get(&seq) {
            Some((_, asked, _)) => Now::Asks(asked.clone()),
            None if ended => Now::Ended,
            None => Now::Waits,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::payload::Payload;
    use millrace_clock::Timestamp;

    fn call(seq: u64, args: &str) -> Call {
        Call { seq, kind: "fetch".into(), args: args.into(), once: seq == 9 }
    }

    fn entry(seq: u64, args: &str) -> Entry {
        Entry {
            pos: 1,
            seq: i64::try_from(seq).unwrap_or(0),
            kind: "fetch".into(),
            args_hash: args_hash(&call(seq, args)),
            args: args.into(),
            ok: true,
            outcome: Payload::from_stored("1".into()),
            started_at: Timestamp::default(),
            finished_at: Timestamp::default(),
        }
    }

    fn comparison(asked: &[(u64, &str)]) -> Comparison {
        let mut comparison = Comparison::default();
        for (seq, args) in asked {
            comparison.asks(&call(*seq, args), format!("shown {args}"));
        }
        comparison
    }

    #[test]
    fn what_was_asked_the_same_is_delivered_in_any_order() {
        let mut at = comparison(&[(1, "a"), (2, "b")]);
        assert_eq!(at.meet(&entry(2, "b")), Meet::Deliver);
        assert!(!at.settled(2));
        assert_eq!(at.meet(&entry(1, "a")), Meet::Deliver);
    }

    #[test]
    fn other_arguments_or_another_kind_differ_at_their_own_number() {
        let at = comparison(&[(1, "a"), (2, "b")]);
        assert_eq!(at.meet(&entry(2, "c")), Meet::Differs(2));
        let other = Entry { kind: "timer".into(), ..entry(1, "a") };
        assert_eq!(at.meet(&other), Meet::Differs(1));
        assert_eq!(at.now(2, false), Now::Asks(Asked { kind: "fetch".into(), args: "shown b".into() }));
    }

    #[test]
    fn a_call_that_is_not_asked_differs_at_the_first_missing_number() {
        let at = comparison(&[(1, "a")]);
        assert_eq!(at.meet(&entry(5, "e")), Meet::Differs(2));
        assert_eq!(at.now(2, false), Now::Waits);
        assert_eq!(at.now(2, true), Now::Ended);
    }

    #[test]
    fn a_call_that_must_not_be_repeated_says_so() {
        let mut at = comparison(&[(9, "z")]);
        assert!(at.settled(9));
    }

    #[test]
    fn a_difference_is_stored_as_it_is_told() {
        let difference = Difference { seq: 3, recorded: None, now: Now::Asks(Asked { kind: "fetch".into(), args: "{}".into() }) };
        let text = serde_json::to_string(&difference).unwrap_or_default();
        assert_eq!(text, r#"{"seq":3,"recorded":null,"now":{"does":"asks","kind":"fetch","args":"{}"}}"#);
        assert_eq!(serde_json::from_str::<Difference>(&text).ok(), Some(difference));
    }
}
