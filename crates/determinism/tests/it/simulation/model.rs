//! What must hold whenever one looks, and what must have come of it at the end.

use std::collections::{BTreeMap, BTreeSet};

use millrace_db::simulated::Storage;
use millrace_db::{Row, sql};
use millrace_engine::RunState;
use millrace_ids::RunId;

use super::plan::SKEW;
use crate::script::World;

/// What was seen so far.
#[derive(Debug, Default)]
pub struct Model {
    runs: BTreeMap<String, Seen>,
    journal: BTreeMap<(String, i64, i64), (i64, String, String)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Seen {
    state: RunState,
    epoch: i64,
    generation: i64,
    /// Output, error and end: once a run is over, none of them changes.
    end: (Option<String>, Option<String>, Option<i64>),
}

const RUNS: &str = "SELECT id, state, epoch, generation, output, error, finished_at FROM runs ORDER BY id";
const JOURNAL: &str = "SELECT run_id, generation, pos, seq, kind, args, outcome, started_at, finished_at FROM journal ORDER BY run_id, generation, pos";
/// Each of these must find nothing, ever.
const NEVER: [(&str, &str); 5] = [
    ("an outcome lies in the inbox although it is in the journal", "SELECT i.run_id AS id FROM inbox i JOIN journal j ON j.run_id = i.run_id AND j.generation = i.generation AND j.seq = i.seq"),
    ("a wait is open although it is answered in the journal", "SELECT w.run_id AS id FROM waits w JOIN journal j ON j.run_id = w.run_id AND j.generation = w.generation AND j.seq = w.seq"),
    ("a run that is over waits for something", "SELECT w.run_id AS id FROM waits w JOIN runs r ON r.id = w.run_id WHERE r.state IN ('completed', 'failed', 'cancelled', 'skipped')"),
    ("a run is held by nobody, or by somebody although it is not running", "SELECT id FROM runs WHERE (state = 'running') <> (node_id IS NOT NULL)"),
    ("an effect and its journal entry are not both there", "SELECT run_id AS id FROM deliveries WHERE trigger = 'put' AND NOT EXISTS \
        (SELECT 1 FROM journal j WHERE j.run_id = deliveries.run_id AND j.kind = 'put' AND deliveries.delivery_id = j.run_id || ':' || j.seq)"),
];

impl Model {
    /// Looks at everything.
    pub async fn check(&mut self, storage: &Storage, world: &World) -> Result<(), String> {
        let rows = async |text: &'static str| storage.look(sql(text)).await.unwrap();
        for (what, never) in NEVER {
            if let Some(row) = rows(never).await.first() {
                return Err(format!("{what}: {}", text(row, "id")));
            }
        }
        for row in rows(RUNS).await {
            self.run(&row)?;
        }
        let mut asked = BTreeSet::new();
        let mut due = BTreeMap::new();
        for row in rows(JOURNAL).await {
            let (run, generation, pos, seq) = (text(&row, "run_id"), number(&row, "generation"), number(&row, "pos"), number(&row, "seq"));
            let next: &mut i64 = due.entry((run.clone(), generation)).or_insert(1);
            if pos != *next {
                return Err(format!("the journal of {run} has a gap before {pos}"));
            }
            *next += 1;
            if !asked.insert((run.clone(), generation, seq)) {
                return Err(format!("call {seq} of {run} is in the journal twice"));
            }
            self.entry(&row, (run, generation, pos), seq)?;
        }
        if let Some(lost) = self.journal.keys().find(|(run, generation, pos)| due.get(&(run.clone(), *generation)).is_none_or(|next| next <= pos)) {
            return Err(format!("entry {lost:?} is gone from the journal"));
        }
        once(world, &rows(ONCE).await)
    }

    fn run(&mut self, row: &Row) -> Result<(), String> {
        let id = text(row, "id");
        let now = Seen {
            state: row.parse("state").unwrap(),
            epoch: number(row, "epoch"),
            generation: number(row, "generation"),
            end: (row.get("output").unwrap(), row.get("error").unwrap(), row.get("finished_at").unwrap()),
        };
        if let Some(before) = self.runs.get(&id) {
            if before.state.is_terminal() && (before.state, &before.end) != (now.state, &now.end) {
                return Err(format!("{id} was over and has changed: {before:?}, now {now:?}"));
            }
            if now.epoch < before.epoch || now.generation < before.generation {
                return Err(format!("{id} went back: {before:?}, now {now:?}"));
            }
        }
        if now.state == RunState::Failed && !now.end.1.as_deref().unwrap_or_default().contains("BOOM") {
            return Err(format!("{id} failed although its program does not: {:?}", now.end.1));
        }
        if let Some(output) = now.end.0.as_deref().filter(|_| now.state == RunState::Completed) {
            whole(&id, output)?;
        }
        self.runs.insert(id, now);
        Ok(())
    }

    fn entry(&mut self, row: &Row, key: (String, i64, i64), seq: i64) -> Result<(), String> {
        let (kind, outcome) = (text(row, "kind"), text(row, "outcome"));
        if kind == "timer" {
            let args: serde_json::Value = serde_json::from_str(&text(row, "args")).unwrap();
            let took = number(row, "finished_at") - number(row, "started_at");
            // Two clocks took part at most: the one that registered it, and the one that found it due.
            if took < args["ms"].as_i64().unwrap() * 1000 - 4 * SKEW {
                return Err(format!("timer {seq} of {} ended {took} us after it began, due after {} ms", key.0, args["ms"]));
            }
        }
        let now = (seq, kind, outcome);
        match self.journal.get(&key) {
            Some(before) if *before != now => Err(format!("entry {key:?} of the journal changed from {before:?} to {now:?}")),
            Some(_) => Ok(()),
            None => {
                self.journal.insert(key, now);
                Ok(())
            }
        }
    }

    /// Whether every run known has ended.
    pub fn is_over(&self) -> bool {
        self.runs.values().all(|r| r.state.is_terminal())
    }

    /// The end: nothing is stuck, nothing accepted is lost, one delivery is one run.
    pub async fn finish(&self, storage: &Storage, accepted: &[(Option<u32>, RunId)]) -> Result<(), String> {
        for (id, run) in &self.runs {
            if !run.state.is_terminal() {
                let row = storage.look(sql("SELECT count(*) AS n, COALESCE(max(w.kind), 'none') AS kind, (SELECT count(*) FROM inbox) AS inbox FROM waits w WHERE run_id = $1").bind(id)).await.unwrap();
                return Err(format!("{id} is stuck: {run:?}, waits {} {}, inboxes {}", number(&row[0], "n"), text(&row[0], "kind"), number(&row[0], "inbox")));
            }
        }
        let mut by_delivery = BTreeMap::new();
        for (delivery, run) in accepted {
            if !self.runs.contains_key(run.as_str()) {
                return Err(format!("{run} was accepted and is lost"));
            }
            if let Some(delivery) = delivery
                && *by_delivery.entry(delivery).or_insert(run) != run
            {
                return Err(format!("delivery {delivery} made two runs"));
            }
        }
        Ok(())
    }

    /// How it ended, for the log.
    pub fn summary(&self) -> String {
        format!("{:?} {:?}", self.runs, self.journal)
    }
}

const ONCE: &str = "SELECT r.id AS id, r.input AS input, r.generation AS generation FROM runs r WHERE r.input LIKE '%\"once\":true%' AND r.generation = 0 AND r.input NOT LIKE '%child%' ORDER BY r.id";

/// A call marked `once` is the first of its program, and is performed once at most, whatever happens.
fn once(world: &World, runs: &[Row]) -> Result<(), String> {
    let performed = world.performed.lock();
    for row in runs {
        let id = text(row, "id");
        let input = text(row, "input");
        if input.starts_with("{\"stages\":[[{\"kind\":\"fetch\",\"once\":true}]") && performed.get(&(RunId::from_stored(id.clone()), 1)).copied().unwrap_or(0) > 1 {
            return Err(format!("{id} performed a call twice that is marked once"));
        }
    }
    Ok(())
}

/// A completed program has one outcome for each of its calls.
fn whole(id: &str, output: &str) -> Result<(), String> {
    let outcomes: Vec<serde_json::Value> = serde_json::from_str(output).map_err(|e| format!("the output of {id} is {output}: {e}"))?;
    let seqs: BTreeSet<u64> = outcomes.iter().filter_map(|o| o["seq"].as_u64()).collect();
    let wanted: BTreeSet<u64> = (1..=outcomes.len() as u64).collect();
    if seqs == wanted { Ok(()) } else { Err(format!("{id} ended with the outcomes {seqs:?}")) }
}

fn text(row: &Row, column: &str) -> String {
    row.get(column).unwrap()
}

fn number(row: &Row, column: &str) -> i64 {
    row.get(column).unwrap()
}
