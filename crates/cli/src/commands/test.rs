//! `millrace test`: plays scenarios, or records one (docs/testing-workflows.md).

use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::limits::MAX_DEPTH;
use crate::scenario::{self, Ground, Played, file};
use crate::terminal::{Terminal, Tone};

use super::install;

/// Options of `test`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Scenario files, or folders in which every `scenarios/` is looked for
    #[arg(default_value = ".")]
    paths: Vec<PathBuf>,
    /// Only scenarios whose file or title holds this text
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,
    /// Write a JUnit report besides
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Further connector files: DIR/<service>/connector.yaml
    #[arg(long, env = "MILLRACE_CONNECTORS", value_name = "DIR")]
    connectors: Option<PathBuf>,
    /// Let the steps of this one scenario happen through the real network, and write into it what was said
    #[arg(long, value_name = "FILE", conflicts_with_all = ["filter", "junit"])]
    record: Option<PathBuf>,
    /// With --record: a service and a JSON file with its credentials, such as slack=slack.secret.json
    #[arg(long, value_name = "SERVICE=FILE", value_parser = install::service_file, requires = "record")]
    connection: Vec<(String, PathBuf)>,
}

/// Plays or records.
pub async fn perform(terminal: Terminal, args: &Args) -> Result<(), Failure> {
    let begun = Instant::now();
    let files = match &args.record {
        Some(_) => Vec::new(),
        None => found(args)?,
    };
    let ground = Ground::new(args.connectors.clone()).await.map_err(|why| Failure::new(Exit::Failed, "STAGE_FAILED", "scenarios cannot be played here").why(why))?;
    for warning in ground.sandboxes.warnings() {
        terminal.hint(warning);
    }
    let ended = match &args.record {
        Some(file) => record(terminal, args, &ground, file).await,
        None => play(terminal, args, &ground, &files, begun).await,
    };
    ground.sandboxes.clone().shutdown().await;
    ended
}

async fn play(terminal: Terminal, args: &Args, ground: &Ground, files: &[(PathBuf, file::Scenario)], begun: Instant) -> Result<(), Failure> {
    let mut all: Vec<Played> = Vec::new();
    for (n, (file, scenario)) in files.iter().enumerate() {
        let played = scenario::play(ground, &n.to_string(), file, scenario).await;
        if !terminal.json {
            terminal.line(&serde_json::Value::Null, || scenario::text(terminal, &played));
        }
        all.push(played);
    }
    let whole = begun.elapsed();
    if let Some(path) = &args.junit {
        let report = scenario::junit(&all, whole).map_err(|why| Failure::new(Exit::Failed, "REPORT_FAILED", "the report cannot be written").why(why))?;
        std::fs::write(path, report).map_err(|e| Failure::new(Exit::Failed, "FILE_UNWRITABLE", format!("`{}` cannot be written", path.display())).why(e.to_string()))?;
    }
    let answer = scenario::json(&all, whole);
    let failed = all.iter().filter(|played| !played.faults.is_empty()).count();
    terminal.answer(&answer, || {
        let (tone, said) = if failed == 0 { (Tone::Good, format!("{} passed", all.len())) } else { (Tone::Bad, format!("{failed} of {} failed", all.len())) };
        format!("{} in {} ms", terminal.paint(tone, &said), whole.as_millis())
    });
    if failed > 0 {
        return Err(Failure::new(Exit::Failed, "SCENARIOS_FAILED", format!("{failed} of {} scenarios failed", all.len())));
    }
    Ok(())
}

async fn record(terminal: Terminal, args: &Args, ground: &Ground, path: &Path) -> Result<(), Failure> {
    let known = file::read(path)?;
    let connections = install::connections(&args.connection)?;
    let recorded = scenario::record(ground, path, &known, &connections).await.map_err(|(what, why)| Failure::new(Exit::Failed, "RECORDING_FAILED", what).why(why.join("; ")))?;
    let unwritable = |why: String| Failure::new(Exit::Failed, "FILE_UNWRITABLE", format!("`{}` cannot be written", path.display())).why(why);
    let text = if path.extension().is_some_and(|e| e == "json") {
        serde_json::to_string_pretty(&recorded).map_err(|e| unwritable(e.to_string()))? + "\n"
    } else {
        serde_norway::to_string(&recorded).map_err(|e| unwritable(e.to_string()))?
    };
    std::fs::write(path, &text).map_err(|e| unwritable(e.to_string()))?;
    let answer = serde_json::json!({"file": path, "exchanges": recorded.exchanges.len(), "steps": recorded.steps.len()});
    terminal.answer(&answer, || format!("{} {} with {} exchanges", terminal.paint(Tone::Good, "Recorded"), path.display(), recorded.exchanges.len()));
    terminal.hint("Look at it before you commit it: it holds what the services answered.");
    Ok(())
}

/// The scenarios to be played, in the order of their paths.
fn found(args: &Args) -> Result<Vec<(PathBuf, file::Scenario)>, Failure> {
    let mut paths = Vec::new();
    for path in &args.paths {
        if path.is_dir() {
            walk(path, path.file_name().is_some_and(|name| name == "scenarios"), 0, &mut paths);
        } else {
            paths.push(path.clone());
        }
    }
    paths.sort();
    paths.dedup();
    let mut files = Vec::new();
    for path in paths {
        let scenario = file::read(&path)?;
        let is_wanted = |text: &String| path.to_string_lossy().contains(text.as_str()) || scenario.title.as_ref().is_some_and(|title| title.contains(text.as_str()));
        if args.filter.as_ref().is_none_or(is_wanted) {
            files.push((path, scenario));
        }
    }
    if files.is_empty() {
        let where_ = args.paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ");
        return Err(Failure::new(Exit::Usage, "NO_SCENARIOS", format!("there are no scenarios in {where_}"))
            .why("a scenario is a .yaml or .json file in a folder named `scenarios`")
            .fix("docs/testing-workflows.md shows one; `millrace init` writes one."));
    }
    Ok(files)
}

fn walk(dir: &Path, is_scenarios: bool, depth: usize, found: &mut Vec<PathBuf>) {
    if depth > MAX_DEPTH {
        return;
    }
    for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
        let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        if path.is_dir() && !name.starts_with('.') && name != "node_modules" {
            walk(&path, is_scenarios || name == "scenarios", depth + 1, found);
        } else if is_scenarios && [".yaml", ".yml", ".json"].iter().any(|ending| name.ends_with(ending)) {
            found.push(path);
        }
    }
}
