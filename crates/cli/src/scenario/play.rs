//! Plays a scenario: sets the stage, lets each step happen, and checks what came of it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use http::Method;
use millrace_server::{ServeError, Timestamp};
use millrace_server::egress::Network;
use millrace_server::stage::{Answer, Sandboxes, Setting, Stage};
use serde_json::{Map, Value, json};

use super::check;
use super::file::{self, Advance, Approval, Scenario, Step};
use super::installed::{self, Installed, Refused, done};
use super::network::{Call, Script};
use crate::commands::escape;
use crate::view::{or_dash, rows, text};

/// When scenarios begin that do not say so: a Thursday in winter, at work in Europe, at night in America.
const BEGINNING: &str = "2026-01-15T09:30:00Z";

/// The folder of the stage that all others are like: an empty database with one workspace.
const MODEL: &str = "model";

/// One thing that is not as it should be.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    /// The step, from 1, and what it is; nothing when it is about the whole.
    pub step: Option<(usize, String)>,
    /// What is wrong, one line.
    pub what: String,
    /// Where in a value.
    pub path: String,
    /// What was expected.
    pub expected: Option<String>,
    /// What there was.
    pub actual: Option<Value>,
    /// More lines.
    pub notes: Vec<String>,
}

impl Fault {
    /// Something that is wrong, without values.
    pub fn new(what: impl Into<String>, notes: Vec<String>) -> Self {
        Self { step: None, what: what.into(), path: String::new(), expected: None, actual: None, notes }
    }
}

/// A scenario that was played.
#[derive(Debug)]
pub struct Played {
    /// Its file.
    pub file: PathBuf,
    /// Its title, or the file's name.
    pub title: String,
    /// How long it took.
    pub took: Duration,
    /// Steps that happened.
    pub steps: usize,
    /// Requests that left.
    pub calls: usize,
    /// What is not as it should be; nothing: it passed.
    pub faults: Vec<Fault>,
}

/// Where scenarios are played: the sandbox and a folder that they share.
pub struct Ground {
    /// The sandbox.
    pub sandboxes: Sandboxes,
    /// Holds one folder for each stage.
    pub folder: tempfile::TempDir,
    /// Further connector files.
    pub connectors: Option<PathBuf>,
}

/// A scenario under way.
pub struct Play {
    pub stage: Stage,
    pub installed: Installed,
    /// Runs as they were before the step.
    pub before: Vec<Value>,
}

/// What a step came to.
pub struct Outcome {
    /// The runs that moved, oldest first, as the API tells of them.
    pub runs: Vec<Value>,
    /// Log lines of theirs that are new.
    pub logs: Vec<Value>,
    /// What left.
    pub calls: Vec<Call>,
    /// What the model was asked.
    pub asked: Vec<String>,
    /// What a sender was answered.
    pub answer: Option<Answer>,
}

impl Ground {
    /// In memory where the machine has a folder there: databases of tests need no disk.
    ///
    /// # Errors
    /// There is no place for files, or the sandbox does not start.
    pub async fn new(connectors: Option<PathBuf>) -> Result<Self, String> {
        let memory = Path::new("/dev/shm");
        let named = || tempfile::Builder::new().prefix("millrace-test-").to_owned();
        let folder = named().tempdir_in(memory).or_else(|_| named().tempdir()).map_err(|e| e.to_string())?;
        let ground = Self { sandboxes: Sandboxes::start().await.map_err(|e| e.to_string())?, folder, connectors };
        let first = ground.open(MODEL, None, Timestamp::default(), false, Arc::new(Script::new(&[], None))).await.map_err(|e| e.to_string())?;
        first.close().await;
        Ok(ground)
    }

    async fn open(&self, name: &str, like: Option<&str>, now: Timestamp, has_model: bool, network: Arc<dyn Network>) -> Result<Stage, ServeError> {
        let folder = |name: &str| self.folder.path().join(name);
        let setting = Setting { folder: folder(name), now, network, has_model, connectors: self.connectors.clone(), like: like.map(folder) };
        Stage::open(setting, &self.sandboxes).await
    }

    /// An empty stage.
    pub async fn stage(&self, name: &str, now: Timestamp, has_model: bool, network: Arc<dyn Network>) -> Result<Stage, Refused> {
        self.open(name, Some(MODEL), now, has_model, network).await.map_err(|e| ("the stage cannot be set".to_owned(), vec![e.to_string()]))
    }
}

/// Plays one scenario. Whatever goes wrong is among its faults.
pub async fn play(ground: &Ground, name: &str, file: &Path, scenario: &Scenario) -> Played {
    let begun = Instant::now();
    let script = Arc::new(Script::new(&scenario.exchanges, scenario.ai.clone()));
    let mut played = Played { file: file.to_owned(), title: title(scenario, file), took: Duration::ZERO, steps: 0, calls: 0, faults: Vec::new() };
    let ended = steps(ground, name, scenario, &script, &mut played).await;
    match (ended, &scenario.refused) {
        (Ok(()), None) => {}
        (Ok(()), Some(code)) => played.faults.push(Fault { expected: Some(code.clone()), ..Fault::new("the set-up was not refused", Vec::new()) }),
        (Err((_, why)), Some(code)) if why.iter().any(|line| line.split_whitespace().any(|word| word == code)) => played.faults.clear(),
        (Err((what, why)), _) => played.faults.push(Fault::new(what, why)),
    }
    played.took = begun.elapsed();
    let _ = std::fs::remove_dir_all(ground.folder.path().join(name));
    played
}

/// What a scenario is called.
pub fn title(scenario: &Scenario, file: &Path) -> String {
    scenario.title.clone().unwrap_or_else(|| file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default())
}

/// When a scenario begins.
pub fn beginning(scenario: &Scenario) -> Result<Timestamp, Refused> {
    let clock = scenario.clock.as_deref().unwrap_or(BEGINNING);
    Timestamp::parse(clock).map_err(|e| (format!("`clock` is not an instant: {clock}"), vec![e.to_string()]))
}

async fn steps(ground: &Ground, name: &str, scenario: &Scenario, script: &Arc<Script>, played: &mut Played) -> Result<(), Refused> {
    let stage = ground.stage(name, beginning(scenario)?, scenario.ai.is_some(), script.clone()).await?;
    let mut play = match set(stage, scenario, &played.file, &Map::new()).await {
        Ok(play) => play,
        Err((stage, refused)) => {
            stage.close().await;
            return Err(refused);
        }
    };
    for (n, step) in scenario.steps.iter().enumerate() {
        let happened = play.happen(step).await;
        let (calls, asked) = (script.take_calls(), script.take_asked());
        played.steps += 1;
        played.calls += calls.len();
        let mut faults = check::unanswered(script.take_unanswered());
        match happened {
            Ok(answer) => {
                let outcome = play.outcome(answer, calls, asked).await;
                faults.extend(check::step(&play, step, &outcome).await);
            }
            Err((what, notes)) => faults.push(Fault::new(what, notes)),
        }
        let place = Some((n + 1, step.word()));
        played.faults.extend(faults.into_iter().map(|fault| Fault { step: place.clone(), ..fault }));
        // What follows rests on this step: its faults would only repeat themselves.
        if !played.faults.is_empty() {
            break;
        }
    }
    if played.faults.is_empty() {
        played.faults.extend(check::leftovers(script));
    }
    play.stage.close().await;
    Ok(())
}

/// Installs the workflow and puts what is kept before.
pub async fn set(stage: Stage, scenario: &Scenario, file: &Path, given: &Map<String, Value>) -> Result<Play, (Stage, Refused)> {
    let installed = match installed::install(&stage, scenario, file, given).await {
        Ok(installed) => installed,
        Err(refused) => return Err((stage, refused)),
    };
    let storage = scenario.before.storage.iter().map(|(key, value)| ("storage.set", json!({"key": key, "value": value})));
    let kv = scenario.before.kv.iter().map(|(key, value)| ("kv.put", json!({"key": key, "value": value})));
    for (call, args) in storage.chain(kv) {
        if let Err(why) = stage.keep(&installed.workflow, call, &args).await {
            return Err((stage, ("`before` cannot be kept".to_owned(), vec![why])));
        }
    }
    Ok(Play { stage, installed, before: Vec::new() })
}

impl Play {
    /// Lets one step happen, and everything that follows from it. Answers what a sender was answered.
    pub async fn happen(&mut self, step: &Step) -> Result<Option<Answer>, Refused> {
        self.before = self.runs().await?;
        let answer = match step {
            Step { webhook: Some(delivery), .. } => Some(self.installed.deliver(&self.stage, delivery).await?),
            Step { manual: Some(manual), .. } => {
                let path = format!("/api/installations/{}/trigger", escape(&self.installed.id));
                let body = json!({"data": manual.data, "event": manual.event, "service": manual.service});
                done(self.stage.call(Method::POST, &path, Some(&body)).await, "no run can be started")?;
                None
            }
            Step { event: Some(event), .. } => {
                let body = json!({"name": event.name, "data": event.data});
                done(self.stage.call(Method::POST, "/api/events", Some(&body)).await, "the event cannot be sent")?;
                None
            }
            Step { approval: Some(approval), .. } => {
                self.decide(approval).await?;
                None
            }
            Step { configure: Some(config), .. } => {
                let path = format!("/api/installations/{}", escape(&self.installed.id));
                done(self.stage.call(Method::PATCH, &path, Some(&json!({ "config": config }))).await, "the configuration cannot be changed")?;
                None
            }
            Step { schedule: Some(_), .. } => {
                let next = self.stage.next_slot().await.map_err(|e| failed(&e))?;
                let next = next.ok_or_else(|| ("the installation has no schedule".to_owned(), Vec::new()))?;
                self.stage.pass_to(next).await.map_err(|e| failed(&e))?;
                None
            }
            Step { advance: Some(advance), .. } => {
                self.stage.pass_to(self.instant(advance)?).await.map_err(|e| failed(&e))?;
                None
            }
            _ => None,
        };
        self.stage.rest().await.map_err(|e| failed(&e))?;
        Ok(answer)
    }

    fn instant(&self, advance: &Advance) -> Result<Timestamp, Refused> {
        match advance {
            Advance::To { to } => Timestamp::parse(to).map_err(|e| (format!("`advance.to` is not an instant: {to}"), vec![e.to_string()])),
            Advance::By(by) => file::duration(by).map(|by| self.stage.now().plus(by)).ok_or_else(|| (format!("`advance: {by}` is not a time; write 30s, 10m, 2h, 3d or 1w"), Vec::new())),
        }
    }

    async fn decide(&self, approval: &Approval) -> Result<(), Refused> {
        let pending = done(self.stage.call(Method::GET, "/api/approvals?status=pending&limit=200", None).await, "approvals cannot be listed")?;
        let fits = |row: &&Value| approval.title.as_deref().is_none_or(|title| text(row, "title") == Some(title));
        let mut open = rows(&pending).iter().filter(fits);
        let (one, more) = (open.next(), open.count());
        let Some(one) = one else {
            return Err(("no approval is open".to_owned(), rows(&pending).iter().map(|row| format!("open: {}", or_dash(row, "title"))).collect()));
        };
        if more > 0 {
            return Err((format!("{} approvals are open; name one with `title`", more + 1), Vec::new()));
        }
        let body = json!({"decision": if approval.approved { "approve" } else { "reject" }, "comment": approval.comment});
        done(self.stage.call(Method::POST, &format!("/api/approvals/{}/decide", escape(or_dash(one, "id"))), Some(&body)).await, "the approval cannot be decided").map(drop)
    }

    /// All runs, oldest first, each with its journal's length and logs.
    pub async fn runs(&self) -> Result<Vec<Value>, Refused> {
        let list = done(self.stage.call(Method::GET, "/api/runs?limit=200", None).await, "runs cannot be listed")?;
        let mut runs = Vec::new();
        for row in rows(&list).iter().rev() {
            let detail = done(self.stage.call(Method::GET, &format!("/api/runs/{}", escape(or_dash(row, "id"))), None).await, "a run cannot be shown")?;
            runs.push(detail);
        }
        Ok(runs)
    }

    async fn outcome(&self, answer: Option<Answer>, calls: Vec<Call>, asked: Vec<String>) -> Outcome {
        let now = self.runs().await.unwrap_or_default();
        let former = |run: &Value| self.before.iter().find(|old| old["id"] == run["id"]);
        let moved = |run: &&Value| former(run).is_none_or(|old| ["status", "journal", "journal_next", "generation", "waits"].iter().any(|member| old[*member] != run[*member]));
        let runs: Vec<Value> = now.iter().filter(moved).cloned().collect();
        let new_lines = |run: &Value| {
            // A run shows its latest lines: those before them may not be in it any more.
            let known = former(run).and_then(|old| old["logs"].as_array()?.last()?["n"].as_i64()).unwrap_or(0);
            run["logs"].as_array().cloned().unwrap_or_default().into_iter().filter(|line| line["n"].as_i64().is_none_or(|n| n > known)).collect::<Vec<_>>()
        };
        let logs = runs.iter().flat_map(new_lines).collect();
        Outcome { runs, logs, calls, asked, answer }
    }
}

fn failed(error: &dyn std::fmt::Display) -> Refused {
    ("the scenario does not come to rest".to_owned(), vec![error.to_string()])
}
