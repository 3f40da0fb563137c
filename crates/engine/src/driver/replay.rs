//! Rebuilding a program from its journal.

use millrace_clock::Timestamp;
use millrace_db::sql;

use super::stop::Stop;
use super::{Driver, earliest, seq};
use crate::committer::later;
use crate::engine::Inner;
use crate::limits::JOURNAL_SEGMENT;
use crate::store::CARRIED;
use crate::{Delivery, Outcome, Run, Turn, journal};

impl Driver {
    /// Rebuilds the program from its journal, a segment at a time.
    pub(super) async fn replay(&mut self) -> Result<Turn, Stop> {
        self.recall().await?;
        loop {
            let entries = self.segment().await?;
            let last = entries.len() < JOURNAL_SEGMENT as usize;
            self.learn(&entries);
            self.decide_known()?;
            let deliveries = deliveries(&self.inner, &self.run, entries).await?;
            let turn = if self.program.is_some() { self.deliver(deliveries).await? } else { self.open(deliveries).await? };
            if last || turn.end.is_some() {
                for seen in std::mem::take(&mut self.undecided) {
                    self.decide(seen)?;
                }
                return Ok(turn);
            }
            self.look_at(turn)?;
            self.decide_known()?;
        }
    }

    /// Reads what earlier activations left besides the journal. Only who owns the run changes it, so that the statement may stand
    /// alone.
    async fn recall(&mut self) -> Result<(), Stop> {
        let carried = sql(CARRIED).bind(self.run.id.as_str()).bind(self.run.generation);
        for row in self.inner.db.all(carried).await? {
            let n = row.get::<Option<i64>>("n")?.map_or(0, seq);
            match row.get::<String>("what")?.as_str() {
                "wait" => {
                    self.activation.waiting(n, &row.get::<String>("args_hash")?);
                    let due: Option<Timestamp> = row.time_opt("due_at")?;
                    self.open.insert(n, due);
                    self.nearest = earliest(self.nearest, due);
                    self.entangled = true;
                }
                "intent" => {
                    self.activation.intended(n);
                    self.entangled = true;
                }
                _ => self.last_log = n,
            }
        }
        // Outcomes may lie in the inbox: the first step looks.
        self.step.drain = self.entangled;
        Ok(())
    }

    async fn segment(&mut self) -> Result<Vec<journal::Entry>, Stop> {
        let entries = journal::read(&self.inner.db, &self.run.id, self.run.generation, self.next_pos - 1, JOURNAL_SEGMENT).await?;
        if let Some(last) = entries.last() {
            self.next_pos = last.pos + 1;
            self.clock = later(self.clock, last.finished_at);
        }
        Ok(entries)
    }

    fn learn(&mut self, entries: &[journal::Entry]) {
        for entry in entries {
            self.activation.journaled(seq(entry.seq), &entry.kind, &entry.args_hash);
        }
    }
}

/// Journal entries as the program is given them.
async fn deliveries(inner: &Inner, run: &Run, entries: Vec<journal::Entry>) -> Result<Vec<Delivery>, Stop> {
    let mut out = Vec::with_capacity(entries.len());
    for entry in entries {
        let json = inner.payloads.get(&run.tenant, &entry.outcome).await?;
        out.push(Delivery { seq: seq(entry.seq), at: entry.finished_at, outcome: Outcome { ok: entry.ok, json } });
    }
    Ok(out)
}
