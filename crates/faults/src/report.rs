//! What a scenario came to, for people and as JSON.

use std::fmt::Write as _;
use std::time::Duration;

use millrace_clock::Timestamp;
use serde_json::{Value, json};

/// How long after its thaw what a node was sending may arrive.
const LEAVES: Duration = Duration::from_secs(1);

/// Something that must never happen.
#[derive(Debug, Clone)]
pub struct Violation {
    /// `lost`, `doubled`, `stuck`, `failed`, `journal`, `repeated`, `unjournaled`, `order`, `inside`, `outcome`, `early`, `left`, `zombie`.
    pub kind: &'static str,
    /// The run, if it is about one.
    pub run: Option<String>,
    /// What was seen.
    pub text: String,
}

/// Times, as percentiles.
#[derive(Debug, Clone, Default)]
pub struct Times(Vec<Duration>);

impl Times {
    /// Adds one.
    pub fn push(&mut self, time: Duration) {
        self.0.push(time);
    }

    /// Adds many.
    pub fn extend(&mut self, times: impl IntoIterator<Item = Duration>) {
        self.0.extend(times);
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The time below which this share of all lies, in milliseconds.
    pub fn ms(&self, share: f64) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // An index within the vector.
        let at = ((sorted.len() as f64 * share) as usize).min(sorted.len().saturating_sub(1));
        sorted.get(at).map_or(0.0, |d| d.as_secs_f64() * 1000.0)
    }
}

/// One scenario's result.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// Its name.
    pub scenario: &'static str,
    /// Where all its chances come from.
    pub seed: u64,
    /// Triggers that were answered with a run.
    pub accepted: u64,
    /// Of those, runs that completed.
    pub completed: u64,
    /// Child runs.
    pub children: u64,
    /// Journal entries in all.
    pub entries: u64,
    /// Things that went wrong on purpose, by name.
    pub faults: Vec<(&'static str, u64)>,
    /// Tries that the servers did not accept; the client sent them again.
    pub refused: u64,
    /// Calls that were under way when their node was lost, and were made again under the same key: allowed.
    pub in_flight_repeats: u64,
    /// When nodes were frozen, and when they woke up.
    pub freezes: Vec<(Timestamp, Timestamp)>,
    /// Posts that a frozen node had begun to send and that left when it woke up, under their key: allowed, as any at-least-once
    /// effect; a node that knows of its freeze begins none.
    pub late: u64,
    /// From a node's death until each of its runs went on; or, with one process, until it was ready again.
    pub recovery: Times,
    /// How long it took.
    pub elapsed: Duration,
    /// What must never happen.
    pub violations: Vec<Violation>,
    /// Journals of the oldest runs that are concerned.
    pub dump: String,
    /// What else is worth knowing.
    pub notes: Vec<String>,
}

impl Report {
    /// How many violations of a kind there are.
    pub fn count(&self, kind: &str) -> usize {
        self.violations.iter().filter(|v| v.kind == kind).count()
    }

    /// Whether a post that arrived after its entry was committed had been under way in a node that was frozen meanwhile.
    pub fn was_frozen(&self, committed_at: i64, arrived: Timestamp) -> bool {
        self.freezes.iter().any(|(from, to)| committed_at >= from.micros() && arrived > *to && arrived.since(*to) <= LEAVES)
    }

    /// Whether nothing happened that must not.
    pub fn is_clean(&self) -> bool {
        self.violations.is_empty()
    }

    /// Adds to a fault's count.
    pub fn fault(&mut self, name: &'static str) {
        match self.faults.iter_mut().find(|(known, _)| *known == name) {
            Some((_, n)) => *n += 1,
            None => self.faults.push((name, 1)),
        }
    }

    /// For people.
    pub fn text(&self) -> String {
        let mut out = String::new();
        let verdict = if self.is_clean() { "clean" } else { "VIOLATED" };
        let faults: Vec<String> = self.faults.iter().map(|(name, n)| format!("{n} {name}")).collect();
        let _ = writeln!(out, "{:<10} {verdict:<9} {} runs accepted, {} completed, {} children, {} journal entries in {:.1} s", self.scenario, self.accepted, self.completed, self.children, self.entries, self.elapsed.as_secs_f64());
        let _ = writeln!(out, "           faults: {}; {} tries refused and sent again", if faults.is_empty() { "none".to_owned() } else { faults.join(", ") }, self.refused);
        let other = self.violations.len() - ["lost", "repeated", "stuck"].iter().map(|k| self.count(k)).sum::<usize>();
        let _ = writeln!(out, "           lost {}, repeated {}, stuck {}, other {other}; calls in flight made again (allowed): {}", self.count("lost"), self.count("repeated"), self.count("stuck"), self.in_flight_repeats);
        if !self.recovery.is_empty() {
            let r = &self.recovery;
            let _ = writeln!(out, "           back after: p50 {:.0} ms, p90 {:.0} ms, p99 {:.0} ms, max {:.0} ms (of {})", r.ms(0.5), r.ms(0.9), r.ms(0.99), r.ms(1.0), r.len());
        }
        if !self.freezes.is_empty() {
            let _ = writeln!(out, "           posts that were being sent at a freeze and left at its end (allowed): {}", self.late);
        }
        for note in &self.notes {
            let _ = writeln!(out, "           {note}");
        }
        for violation in self.violations.iter().take(20) {
            let _ = writeln!(out, "  ! {} {}: {}", violation.kind, violation.run.as_deref().unwrap_or("-"), violation.text);
        }
        if !self.is_clean() {
            let _ = writeln!(out, "{}  again: scripts/faults.sh {} --seed {}", self.dump, self.scenario, self.seed);
        }
        out
    }

    /// For machines.
    pub fn json(&self) -> Value {
        let r = &self.recovery;
        let violations: Vec<Value> = self.violations.iter().map(|v| json!({ "kind": v.kind, "run": v.run, "text": v.text })).collect();
        json!({
            "scenario": self.scenario, "seed": self.seed, "clean": self.is_clean(), "seconds": self.elapsed.as_secs_f64(),
            "runs": { "accepted": self.accepted, "completed": self.completed, "children": self.children, "lost": self.count("lost"), "repeated": self.count("repeated"), "stuck": self.count("stuck") },
            "journal_entries": self.entries, "refused": self.refused, "in_flight_repeats": self.in_flight_repeats, "late": self.late,
            "faults": self.faults.iter().map(|(name, n)| ((*name).to_owned(), json!(n))).collect::<serde_json::Map<_, _>>(),
            "recovery_ms": { "count": r.len(), "p50": r.ms(0.5), "p90": r.ms(0.9), "p99": r.ms(0.99), "max": r.ms(1.0) },
            "violations": violations, "notes": self.notes,
        })
    }
}
