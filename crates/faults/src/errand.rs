//! What one run has to do: drawn from the seed, sent with its trigger, and known to the checker.

use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

/// The workflow that performs errands.
pub const ERRAND: &str = include_str!("workflows/errand.ts");
/// The workflow that it starts as a child.
pub const CHILD: &str = include_str!("workflows/child.ts");

/// One thing to do, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// Post this step to the sink.
    Fetch(u32),
    /// Read a counter in storage and write it back one higher.
    Bump,
    /// Sleep so many milliseconds; beyond two seconds it is a durable timer.
    Sleep(u32),
    /// Post this step and the next at the same time.
    Pair(u32),
    /// Start a child run that posts this step, and wait for it.
    Child(u32),
}

/// Host calls that are asked for together: how many, their kind, and the steps they post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The kind of each call.
    pub kinds: Vec<&'static str>,
    /// The step that each call posts to the sink under the run's own key.
    pub steps: Vec<u32>,
    /// The step that a child posts.
    pub child: Option<u32>,
    /// How long a timer must take, in milliseconds.
    pub sleep_ms: Option<u32>,
}

/// The errand of one run.
#[derive(Debug, Clone)]
pub struct Errand {
    /// Its number.
    pub n: u64,
    /// What it does.
    pub ops: Vec<Op>,
}

impl Errand {
    /// The errand that this seed gives the run of this number: at least six host calls, the last of them a post.
    pub fn draw(seed: u64, n: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed ^ n.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let mut step = 0;
        let mut next = |by: u32| {
            step += by;
            step - by
        };
        let mut ops = vec![Op::Fetch(next(1)), Op::Bump];
        for _ in 0..rng.random_range(2..=4) {
            ops.push(match rng.random_range(0..60) {
                0..15 => Op::Fetch(next(1)),
                15..30 => Op::Bump,
                30..40 => Op::Sleep(rng.random_range(5..120)),
                40..50 => Op::Pair(next(2)),
                50..58 => Op::Child(next(1)),
                _ => Op::Sleep(rng.random_range(2_100..2_800)),
            });
        }
        ops.push(Op::Fetch(next(1)));
        Self { n, ops }
    }

    /// The body of its trigger.
    pub fn body(&self) -> Value {
        let plan = self.ops.iter().map(|op| match op {
            Op::Fetch(step) => json!(["fetch", step]),
            Op::Bump => json!(["bump", 0]),
            Op::Sleep(ms) => json!(["sleep", ms]),
            Op::Pair(step) => json!(["pair", step]),
            Op::Child(step) => json!(["child", step]),
        });
        json!({ "event": "go", "n": self.n, "plan": plan.collect::<Vec<Value>>() })
    }

    /// Its host calls, in groups that are asked for together.
    pub fn groups(&self) -> Vec<Group> {
        let plain = |kinds: Vec<&'static str>, steps: Vec<u32>| Group { kinds, steps, child: None, sleep_ms: None };
        self.ops
            .iter()
            .flat_map(|op| match *op {
                Op::Fetch(step) => vec![plain(vec!["fetch"], vec![step])],
                Op::Bump => vec![plain(vec!["storage.get"], vec![]), plain(vec!["storage.set"], vec![])],
                Op::Sleep(ms) => vec![Group { sleep_ms: Some(ms), ..plain(vec!["timer"], vec![]) }],
                Op::Pair(step) => vec![plain(vec!["fetch", "fetch"], vec![step, step + 1])],
                Op::Child(step) => vec![Group { child: Some(step), ..plain(vec!["child"], vec![]) }],
            })
            .collect()
    }

    /// What its counter in storage must come to.
    pub fn bumps(&self) -> usize {
        self.ops.iter().filter(|op| **op == Op::Bump).count()
    }

    /// The step that it posts last.
    pub fn last_step(&self) -> u32 {
        match self.ops.last() {
            Some(Op::Fetch(step)) => *step,
            _ => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_errand_is_the_same_for_the_same_seed_and_makes_enough_calls() {
        for n in 0..500 {
            let errand = Errand::draw(7, n);
            assert_eq!(errand.ops, Errand::draw(7, n).ops);
            let calls: usize = errand.groups().iter().map(|g| g.kinds.len()).sum();
            assert!(calls >= 6, "{errand:?}");
            assert!(matches!(errand.ops.last(), Some(Op::Fetch(_))));
        }
        assert_ne!(Errand::draw(1, 3).ops, Errand::draw(2, 3).ops);
    }
}
