//! Trying an old journal on another program, without writing or performing anything: which part of it fits, and how the
//! program stands afterwards.

use std::sync::Arc;

use super::compare::{Asked, Comparison, Difference, Meet};
use crate::engine::Inner;
use crate::journal::{self, Entry};
use crate::limits::JOURNAL_SEGMENT;
use crate::{Call, Delivery, End, EngineError, Outcome, Program, ProgramError, Run, RunError, Turn};

/// A program that an old journal is tried on. It may be opened several times.
#[async_trait::async_trait]
pub trait Tried: Send + Sync {
    /// Opens it at the beginning.
    async fn open(&self) -> Result<(Box<dyn Program>, Turn), ProgramError>;

    /// The arguments of a call of it as they may be shown.
    fn shown(&self, call: &Call) -> String;
}

/// The program of a run as the product makes it.
pub(super) struct OfRun<'a> {
    pub inner: &'a Inner,
    pub run: &'a Run,
}

#[async_trait::async_trait]
impl Tried for OfRun<'_> {
    async fn open(&self) -> Result<(Box<dyn Program>, Turn), ProgramError> {
        self.inner.perform.open(self.run, Vec::new()).await
    }

    fn shown(&self, call: &Call) -> String {
        self.inner.perform.redact(self.run, call)
    }
}

/// What a program makes of a journal.
#[derive(Debug)]
pub(super) struct Rehearsal {
    /// Entries of calls below this number fit.
    pub cut: u64,
    /// The first call that is not the same any more.
    pub difference: Option<Difference>,
    /// How the program ends on what fits, if it does.
    pub end: Option<Ended>,
    /// The first call that it asks for after all that fits, while it has not ended.
    pub beyond: Option<(u64, Asked)>,
    /// The calls at the end of what fits whose outcome is a failure.
    pub streak: Streak,
}

/// Failed calls in a row, with nothing after them.
#[derive(Debug, Default, Clone)]
pub(super) struct Streak {
    /// Their numbers, in order of completion.
    pub seqs: Vec<u64>,
    /// The position of the first.
    pub first_pos: i64,
    /// The position of the last.
    pub last_pos: i64,
    /// How many calls had been asked for before the first.
    pub asked: u64,
}

/// Why there is no rehearsal.
#[derive(Debug)]
pub(super) enum Broken {
    /// The surroundings failed.
    Lost(String),
    /// The engine's own trouble.
    Engine(EngineError),
}

impl From<EngineError> for Broken {
    fn from(error: EngineError) -> Self {
        Self::Engine(error)
    }
}

impl From<millrace_db::DbError> for Broken {
    fn from(error: millrace_db::DbError) -> Self {
        Self::Engine(error.into())
    }
}

/// Plays the journal of `old` to another program. Entries of calls from number `below` on are left out.
///
/// A difference found late can leave entries behind that were given too early; so the journal is played again without them
/// until nothing differs. Each round is shorter than the one before.
pub(super) async fn rehearse(inner: &Arc<Inner>, old: &Run, new: &dyn Tried, below: u64) -> Result<Rehearsal, Broken> {
    let mut cut = below;
    let mut found: Option<(u64, Option<Asked>)> = None;
    loop {
        let mut round = Round::new(inner, old, new, cut);
        let differs = round.play().await?;
        let Some(seq) = differs else {
            let difference = found.map(|(seq, recorded)| Difference { seq, recorded, now: round.comparison.now(seq, round.end.is_some()) });
            return Ok(round.finish(difference));
        };
        found = Some((seq, round.recorded.take()));
        cut = seq;
    }
}

struct Round<'a> {
    inner: &'a Arc<Inner>,
    old: &'a Run,
    new: &'a dyn Tried,
    cut: u64,
    comparison: Comparison,
    program: Option<Box<dyn Program>>,
    end: Option<Ended>,
    streak: Streak,
    recorded: Option<Asked>,
}

/// How a program ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// With a value: `completed`, `skipped`, or `continued` where it began again.
    Well(&'static str),
    /// With an error.
    Failed(RunError),
}

impl<'a> Round<'a> {
    fn new(inner: &'a Arc<Inner>, old: &'a Run, new: &'a dyn Tried, cut: u64) -> Self {
        Self { inner, old, new, cut, comparison: Comparison::default(), program: None, end: None, streak: Streak::default(), recorded: None }
    }

    /// Plays all entries below the cut; answers the first call that differs.
    async fn play(&mut self) -> Result<Option<u64>, Broken> {
        let opened = self.new.open().await;
        let opened = opened.map(|(program, turn)| {
            self.program = Some(program);
            turn
        });
        self.take(opened)?;
        let mut differs = None;
        let mut after = 0;
        loop {
            let mut tx = self.inner.db.read().await?;
            let entries = journal::page(&mut tx, &self.old.id, self.old.generation, after, JOURNAL_SEGMENT).await?;
            drop(tx);
            let Some(last) = entries.last() else { return Ok(differs) };
            after = last.pos;
            for entry in entries {
                if seq(&entry) < self.cut {
                    self.look_at(&entry, &mut differs).await?;
                }
            }
        }
    }

    /// Gives an entry's outcome, unless something differs already: then it is only looked whether a call before does too.
    async fn look_at(&mut self, entry: &Entry, differs: &mut Option<u64>) -> Result<(), Broken> {
        match (self.comparison.meet(entry), *differs) {
            (Meet::Deliver, None) if self.end.is_none() => self.deliver(entry).await?,
            (Meet::Deliver, _) => {}
            (Meet::Differs(at), known) if known.is_none_or(|k| at < k) => {
                *differs = Some(at);
                self.recorded = None;
            }
            (Meet::Differs(_), _) => {}
        }
        if *differs == Some(seq(entry)) {
            self.recorded = Some(Asked { kind: entry.kind.clone(), args: entry.args.clone() });
        }
        Ok(())
    }

    async fn deliver(&mut self, entry: &Entry) -> Result<(), Broken> {
        let json = self.inner.payloads.get(&self.old.tenant, &entry.outcome).await?;
        let outcome = Outcome { ok: entry.ok, json };
        let failed = self.inner.perform.is_failure(&entry.kind, &outcome);
        let once = self.comparison.settled(seq(entry));
        if failed && !once {
            if self.streak.seqs.is_empty() {
                self.streak = Streak { first_pos: entry.pos, asked: self.comparison.asked(), ..Streak::default() };
            }
            self.streak.seqs.push(seq(entry));
            self.streak.last_pos = entry.pos;
        } else {
            self.streak = Streak::default();
        }
        let Some(program) = self.program.as_mut() else { return Ok(()) };
        let turn = program.deliver(vec![Delivery { seq: seq(entry), at: entry.finished_at, outcome }]).await;
        self.take(turn)
    }

    fn take(&mut self, turn: Result<Turn, ProgramError>) -> Result<(), Broken> {
        let turn = match turn {
            Ok(turn) => turn,
            Err(ProgramError::Run(error) | ProgramError::Refused(error)) => {
                self.end = Some(Ended::Failed(error));
                return Ok(());
            }
            Err(ProgramError::Lost(reason)) => return Err(Broken::Lost(reason)),
        };
        for call in &turn.calls {
            let shown = self.new.shown(call);
            self.comparison.asks(call, shown);
        }
        match turn.end {
            Some(End::Failed(error) | End::Refused(error)) => self.end = Some(Ended::Failed(error)),
            Some(End::Completed(_)) => self.end = Some(Ended::Well("completed")),
            Some(End::Skipped(_)) => self.end = Some(Ended::Well("skipped")),
            Some(End::ContinueWith(_)) => self.end = Some(Ended::Well("continued")),
            None => {}
        }
        Ok(())
    }

    fn finish(self, difference: Option<Difference>) -> Rehearsal {
        let beyond = self.comparison.first_open().filter(|_| self.end.is_none());
        Rehearsal { cut: self.cut, difference, end: self.end, beyond, streak: self.streak }
    }
}

fn seq(entry: &Entry) -> u64 {
    u64::try_from(entry.seq).unwrap_or(0)
}
