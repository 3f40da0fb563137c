//! What `governor` counts with: a bounded memory, and a clock that tests may move.

use std::collections::HashMap;
use std::time::Instant;

use governor::nanos::Nanos;
use governor::state::StateStore;
use millrace_clock::Clock;
use parking_lot::Mutex;

/// Subjects remembered for one rule: 100,000 take some 3 MB.
pub(super) const SUBJECTS: usize = 100_000;

/// One look at one subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Look {
    /// The subject's hash: what callers name is not kept.
    pub subject: u64,
    /// Whether it counts; otherwise it only asks.
    pub counts: bool,
}

/// When each subject will have its whole allowance back.
#[derive(Debug, Default)]
pub(super) struct Memory(Mutex<HashMap<u64, Nanos>>);

impl StateStore for Memory {
    type Key = Look;

    fn measure_and_replace<T, F, E>(&self, look: &Look, decide: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let mut known = self.0.lock();
        let before = known.get(&look.subject).copied();
        let (answer, after) = decide(before)?;
        if look.counts {
            if before.is_none() && known.len() >= SUBJECTS {
                make_room(&mut known);
            }
            known.insert(look.subject, after);
        }
        Ok(answer)
    }
}

/// Forgets the quarter that asked least: whoever floods with ever new names does not wash the worst offenders away.
fn make_room(known: &mut HashMap<u64, Nanos>) {
    let mut all: Vec<u64> = known.values().map(|at| at.as_u64()).collect();
    let (_, least, _) = all.select_nth_unstable(SUBJECTS / 4);
    let least = *least;
    known.retain(|_, at| at.as_u64() > least);
}

/// Time for the limits: the stopwatch, or the tests' clock where there is one.
#[derive(Debug, Clone)]
pub(super) struct Watch {
    clock: Clock,
    began: Instant,
}

impl Watch {
    pub fn new(clock: Clock) -> Self {
        Self { clock, began: Instant::now() }
    }
}

impl governor::clock::Clock for Watch {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        match &self.clock {
            // Setting the machine's clock must neither free nor lock anybody.
            Clock::System => Nanos::from(self.began.elapsed()),
            clock => Nanos::new(u64::try_from(clock.now().micros()).unwrap_or(0).saturating_mul(1_000)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_names_stays_bounded_and_keeps_the_worst() {
        let memory = Memory::default();
        let count = |subject: u64, until: u64| memory.measure_and_replace::<(), _, ()>(&Look { subject, counts: true }, |_| Ok(((), Nanos::new(until))));
        count(u64::MAX, 1_000_000_000).ok();
        for n in 0..3 * SUBJECTS as u64 {
            count(n, n + 1).ok();
            assert!(memory.0.lock().len() <= SUBJECTS);
        }
        assert!(memory.0.lock().contains_key(&u64::MAX));
    }

    #[test]
    fn asking_changes_nothing() {
        let memory = Memory::default();
        let look = |counts| memory.measure_and_replace::<Option<u64>, _, ()>(&Look { subject: 1, counts }, |before| Ok((before.map(Nanos::as_u64), Nanos::new(7))));
        assert_eq!((look(false), look(true), look(false)), (Ok(None), Ok(None), Ok(Some(7))));
    }
}
