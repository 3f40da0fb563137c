//! What to do about each call a program asks for: a pure function of the journal, the open waits and the call.
//!
//! Nothing here reads a clock, a database or a network, so every decision can be tested with plain values.

use std::collections::{HashMap, HashSet};

use crate::journal::args_hash;
use crate::limits::OUTGOING_CALLS;
use crate::{Call, Outcome, Plan, RunError};

/// What to do about one call.
#[derive(Debug, PartialEq, Eq)]
pub enum Action {
    /// The journal has its outcome; the replay delivers it.
    Known,
    /// It waits already; nothing to do until its outcome arrives.
    Waiting,
    /// Perform it outside.
    Perform(Call, String),
    /// Commit the intent, then perform it outside, once.
    Intend(Call, String),
    /// Perform it in the transaction that journals it.
    Inside(Call, String),
    /// Register what it waits for.
    Wait(Call, String),
    /// Start a child run.
    Child(Call, String),
    /// Journal this outcome without performing anything.
    Answer(Call, String, Outcome),
}

/// A call that was looked at but not decided about.
#[derive(Debug)]
pub struct Seen {
    call: Call,
    plan: Plan,
    over_limit: bool,
}

impl Seen {
    /// The call's number.
    pub fn seq(&self) -> u64 {
        self.call.seq
    }
}

/// The deciding state of one activation.
#[derive(Debug, Default)]
pub struct Activation {
    asked: u64,
    outgoing: u64,
    journaled: HashMap<u64, (String, String)>,
    waits: HashMap<u64, String>,
    intents: HashSet<u64>,
}

impl Activation {
    /// Learns an entry of the journal that is being replayed.
    pub fn journaled(&mut self, seq: u64, kind: &str, hash: &str) {
        self.journaled.insert(seq, (kind.to_owned(), hash.to_owned()));
    }

    /// Learns a wait that an earlier activation registered.
    pub fn waiting(&mut self, seq: u64, hash: &str) {
        self.waits.insert(seq, hash.to_owned());
    }

    /// Learns an intent that an earlier activation committed.
    pub fn intended(&mut self, seq: u64) {
        self.intents.insert(seq);
    }

    /// Whether the part of the journal that is known has this call's outcome.
    pub fn is_journaled(&self, seq: u64) -> bool {
        self.journaled.contains_key(&seq)
    }

    /// Looks at the next call; to be done in the order asked.
    ///
    /// # Errors
    /// The numbering has a gap: `NON_DETERMINISTIC`.
    pub fn see(&mut self, call: Call, plan: Plan) -> Result<Seen, RunError> {
        self.asked += 1;
        if call.seq != self.asked {
            return Err(diverged(format!("call {} came where {} was due", call.seq, self.asked)));
        }
        if plan == Plan::Outside && call.kind != "timer" {
            self.outgoing += 1;
        }
        Ok(Seen { over_limit: plan == Plan::Outside && self.outgoing > OUTGOING_CALLS, call, plan })
    }

    /// Decides about a call. While a journal is being read, only calls whose outcome is known may be decided: the outcome of
    /// any other may stand in a part still to come.
    ///
    /// # Errors
    /// The program asks for something else than it did before: `NON_DETERMINISTIC`.
    pub fn decide(&mut self, seen: Seen) -> Result<Action, RunError> {
        let Seen { call, plan, over_limit } = seen;
        let hash = args_hash(&call);
        if let Some((kind, known)) = self.journaled.remove(&call.seq) {
            return self.same(&call, &kind, &hash, &known).map(|()| Action::Known);
        }
        if let Some(known) = self.waits.remove(&call.seq) {
            return self.same(&call, &call.kind, &hash, &known).map(|()| Action::Waiting);
        }
        if self.intents.remove(&call.seq) {
            let outcome = Outcome::error("Error", "unknown", "This call was under way when its node stopped. It is marked atMostOnce, so it is not tried again; whether it took effect is unknown.");
            return Ok(Action::Answer(call, hash, outcome));
        }
        if over_limit {
            let outcome = Outcome::error("Error", "CALL_LIMIT", format!("A run may make {OUTGOING_CALLS} outgoing calls; this is one more."));
            return Ok(Action::Answer(call, hash, outcome));
        }
        Ok(match plan {
            Plan::Outside if call.once => Action::Intend(call, hash),
            Plan::Outside => Action::Perform(call, hash),
            Plan::Inside => Action::Inside(call, hash),
            Plan::Wait => Action::Wait(call, hash),
            Plan::Child => Action::Child(call, hash),
        })
    }

    #[allow(clippy::unused_self)] // Reads as part of the decision.
    fn same(&self, call: &Call, kind: &str, hash: &str, known: &str) -> Result<(), RunError> {
        // The hash is over kind and arguments. The kind itself stands in the journal as people call it: an `invoke` that was
        // waited for is a `child` there.
        if hash == known {
            return Ok(());
        }
        let args: String = call.args.chars().take(200).collect();
        Err(diverged(format!("call {} was `{kind}` before and is `{}` with {args} now", call.seq, call.kind)))
    }

    /// After a whole replay: entries that the program did not ask for.
    ///
    /// # Errors
    /// There are some: `NON_DETERMINISTIC`.
    pub fn replayed(&self) -> Result<(), RunError> {
        match self.journaled.keys().chain(self.waits.keys()).min() {
            None => Ok(()),
            Some(seq) => Err(diverged(format!("call {seq} was made before and is not made now"))),
        }
    }
}

fn diverged(what: String) -> RunError {
    RunError::new("NON_DETERMINISTIC", format!("The program took another path than its journal: {what}. The journal is untouched."))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn call(seq: u64, kind: &str, args: &str) -> Call {
        Call { seq, kind: kind.into(), args: args.into(), once: false }
    }

    impl Activation {
        fn ask(&mut self, call: Call, plan: Plan) -> Result<Action, RunError> {
            let seen = self.see(call, plan)?;
            self.decide(seen)
        }
    }

    #[test]
    fn a_journaled_call_is_not_performed_again() {
        let mut a = Activation::default();
        let c = call(1, "fetch", "{}");
        a.journaled(1, "fetch", &args_hash(&c));
        assert_eq!(a.ask(c, Plan::Outside).unwrap(), Action::Known);
        assert!(matches!(a.ask(call(2, "fetch", "{}"), Plan::Outside).unwrap(), Action::Perform(..)));
    }

    #[test]
    fn another_path_is_noticed() {
        let mut a = Activation::default();
        a.journaled(1, "fetch", &args_hash(&call(1, "fetch", "{\"a\":1}")));
        assert_eq!(a.ask(call(1, "fetch", "{\"a\":2}"), Plan::Outside).unwrap_err().code, "NON_DETERMINISTIC");
        let mut b = Activation::default();
        b.journaled(2, "fetch", "x");
        assert!(b.replayed().is_err());
        assert!(b.ask(call(3, "fetch", "{}"), Plan::Outside).is_err());
    }

    #[test]
    fn an_intent_without_outcome_is_unknown_and_never_repeated() {
        let mut a = Activation::default();
        a.intended(1);
        let mut c = call(1, "fetch", "{}");
        c.once = true;
        let Action::Answer(_, _, outcome) = a.ask(c, Plan::Outside).unwrap() else { panic!("must be answered") };
        assert!(!outcome.ok && outcome.json.contains("\"unknown\""));
    }

    #[test]
    fn outgoing_calls_are_counted_over_replays() {
        let mut a = Activation::default();
        for seq in 1..=OUTGOING_CALLS {
            let c = call(seq, "fetch", "{}");
            a.journaled(seq, "fetch", &args_hash(&c));
            assert_eq!(a.ask(c, Plan::Outside).unwrap(), Action::Known);
        }
        assert!(matches!(a.ask(call(OUTGOING_CALLS + 1, "fetch", "{}"), Plan::Outside).unwrap(), Action::Answer(..)));
        assert!(matches!(a.ask(call(OUTGOING_CALLS + 2, "storage.get", "{}"), Plan::Inside).unwrap(), Action::Inside(..)));
    }
}
