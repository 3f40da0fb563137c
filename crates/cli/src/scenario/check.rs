//! What a step came to, held against what was expected.

use serde_json::{Value, json};

use super::file::{Asked, Expect, OneRun, Parts, Runs, Step};
use super::matching::{differences, matches};
use super::network::{Call, Script, Unanswered};
use super::play::{Fault, Outcome, Play};
use crate::view::{cut, or_dash, text};

/// Everything that is not as the step expects.
pub async fn step(play: &Play, step: &Step, outcome: &Outcome) -> Vec<Fault> {
    let none = Expect::default();
    let expect = step.expect.as_ref().unwrap_or(&none);
    let mut faults = runs(expect, outcome);
    answer(expect, outcome, &mut faults);
    if let Some(calls) = &expect.calls {
        left(calls, &outcome.calls, &mut faults);
    }
    if let Some(asked) = &expect.asked {
        let given: Vec<Value> = outcome.asked.iter().map(|text| json!(text)).collect();
        lines("asked", asked, &given, &mut faults);
    }
    if let Some(logs) = &expect.logs {
        logged(logs, &outcome.logs, &mut faults);
    }
    for (kind, wanted) in [("storage", &expect.storage), ("kv", &expect.kv)] {
        for (key, value) in wanted {
            faults.extend(kept(play, kind, key, value).await);
        }
    }
    faults
}

async fn kept(play: &Play, kind: &str, key: &str, wanted: &Value) -> Vec<Fault> {
    let workflow = &play.installed.workflow;
    let found = match kind {
        "storage" => match play.stage.keep(workflow, "storage.has", &json!({ "key": key })).await {
            Ok(Value::Bool(true)) => play.stage.keep(workflow, "storage.get", &json!({ "key": key })).await.ok(),
            _ => None,
        },
        _ => play.stage.keep(workflow, "kv.get", &json!({ "key": key })).await.ok().filter(|value| !value.is_null()),
    };
    compare(&format!("{kind}[\"{key}\"]"), wanted, found.as_ref())
}

fn compare(what: &str, wanted: &Value, found: Option<&Value>) -> Vec<Fault> {
    let faults = differences(wanted, found).into_iter().map(|d| Fault { path: d.path, expected: Some(d.expected), actual: d.actual, ..Fault::new(what, Vec::new()) });
    faults.collect()
}

fn runs(expect: &Expect, outcome: &Outcome) -> Vec<Fault> {
    let count = |wanted: usize| {
        let told = outcome.runs.iter().map(|run| format!("{} {} {}", or_dash(run, "trigger"), or_dash(run, "status"), problem(run))).collect();
        Fault { expected: Some(wanted.to_string()), actual: Some(json!(outcome.runs.len())), ..Fault::new("runs that moved", told) }
    };
    let speaks_of_one = expect.status.is_some() || expect.result.is_some() || expect.error.is_some();
    match &expect.runs {
        Some(Runs::Count(wanted)) if *wanted != outcome.runs.len() => vec![count(*wanted)],
        Some(Runs::Each(wanted)) if wanted.len() != outcome.runs.len() => vec![count(wanted.len())],
        Some(Runs::Each(wanted)) => wanted.iter().zip(&outcome.runs).enumerate().flat_map(|(n, (wanted, run))| one(&format!("runs[{n}]."), wanted, run)).collect(),
        None if speaks_of_one && outcome.runs.len() != 1 => vec![count(1)],
        _ => {
            let wanted = OneRun { status: expect.status.clone(), result: expect.result.clone(), error: expect.error.clone() };
            outcome.runs.iter().flat_map(|run| one("", &wanted, run)).collect()
        }
    }
}

fn one(place: &str, wanted: &OneRun, run: &Value) -> Vec<Fault> {
    let status = or_dash(run, "status");
    let fails = wanted.error.is_some() || wanted.status.as_deref() == Some("failed");
    let as_wanted = match (&wanted.status, &wanted.error) {
        (Some(wanted), _) => wanted == status,
        (None, Some(_)) => status == "failed",
        (None, None) => !matches!(status, "failed" | "cancelled"),
    };
    if !as_wanted {
        let expected = wanted.status.clone().unwrap_or_else(|| if fails { "failed".into() } else { "completed or waiting".into() });
        let mut notes = vec![problem(run)];
        notes.extend(text(&run["error"], "stack").into_iter().flat_map(|stack| stack.lines().take(6)).map(str::to_owned));
        notes.retain(|note| !note.is_empty());
        let actual = if run["output"].is_null() { json!(status) } else { json!({"status": status, "result": run["output"]}) };
        return vec![Fault { expected: Some(expected), actual: Some(actual), ..Fault::new(format!("{place}status"), notes) }];
    }
    let mut faults = Vec::new();
    if let Some(result) = &wanted.result {
        faults.extend(compare(&format!("{place}result"), result, Some(&run["output"])));
    }
    if let Some(error) = &wanted.error {
        let wanted = if error.is_string() { json!({"message": {"$contains": error}}) } else { error.clone() };
        faults.extend(compare(&format!("{place}error"), &wanted, Some(&run["error"])));
    }
    faults
}

fn problem(run: &Value) -> String {
    let error = &run["error"];
    if error.is_null() { String::new() } else { format!("{}: {}", text(error, "code").or_else(|| text(error, "name")).unwrap_or("Error"), or_dash(error, "message")) }
}

fn answer(expect: &Expect, outcome: &Outcome, faults: &mut Vec<Fault>) {
    let Some(answer) = &outcome.answer else { return };
    match &expect.response {
        Some(wanted) => faults.extend(compare("response", wanted, Some(&json!({"status": answer.status, "body": answer.body})))),
        None if !answer.is_ok() => {
            let why = format!("{} {}", text(&answer.body, "code").unwrap_or_default(), text(&answer.body, "detail").unwrap_or_default());
            faults.push(Fault { expected: Some("below 400".into()), actual: Some(json!(answer.status)), ..Fault::new("the delivery was refused", vec![why]) });
        }
        None => {}
    }
}

fn left(wanted: &[Asked], given: &[Call], faults: &mut Vec<Fault>) {
    let line = |call: &Call| format!("{} {}", call.method, call.url);
    let show = |parts: &Parts| format!("{} {}", parts.method.as_deref().unwrap_or("GET"), parts.url);
    for n in 0..wanted.len().max(given.len()) {
        let what = format!("calls[{n}]");
        match (wanted.get(n).map(Asked::parts), given.get(n)) {
            (Some(parts), Some(call)) => {
                let misses = parts.misses(call);
                faults.extend(misses.into_iter().map(|d| Fault { path: d.path, expected: Some(d.expected), actual: d.actual, ..Fault::new(what.clone(), vec![line(call)]) }));
            }
            (Some(parts), None) => faults.push(Fault { expected: Some(show(&parts)), ..Fault::new(what, Vec::new()) }),
            (None, Some(call)) => faults.push(Fault { expected: Some("no more requests".into()), actual: Some(json!(line(call))), ..Fault::new(what, Vec::new()) }),
            (None, None) => {}
        }
    }
}

/// Each is a part of the text at its place, or matches it.
fn lines(what: &str, wanted: &[Value], given: &[Value], faults: &mut Vec<Fault>) {
    let fits = |wanted: &Value, given: &Value| if wanted.is_string() { matches(&json!({"$contains": wanted}), Some(given)) } else { matches(wanted, Some(given)) };
    for n in 0..wanted.len().max(given.len()) {
        let (wanted, given) = (wanted.get(n), given.get(n));
        if !matches!((wanted, given), (Some(wanted), Some(given)) if fits(wanted, given)) {
            let expected = wanted.map_or_else(|| "nothing more".to_owned(), Value::to_string);
            faults.push(Fault { expected: Some(expected), actual: given.cloned(), ..Fault::new(format!("{what}[{n}]"), Vec::new()) });
        }
    }
}

/// In this order, others between them.
fn logged(wanted: &[Value], given: &[Value], faults: &mut Vec<Fault>) {
    let mut rest = given.iter();
    for (n, wanted) in wanted.iter().enumerate() {
        let pattern = if wanted.is_string() { json!({"message": {"$contains": wanted}}) } else { wanted.clone() };
        if !rest.any(|line| matches(&pattern, Some(line))) {
            let notes = given.iter().map(|line| format!("{} {}", or_dash(line, "level"), cut(or_dash(line, "message"), 160))).collect();
            faults.push(Fault { expected: Some(wanted.to_string()), ..Fault::new(format!("logs[{n}]"), notes) });
            return;
        }
    }
}

/// Requests that had no exchange.
pub fn unanswered(lost: Vec<Unanswered>) -> Vec<Fault> {
    let fault = |lost: Unanswered| {
        let what = format!("{} {} has no exchange", lost.call.method, lost.call.url);
        let mut notes = Vec::new();
        match &lost.nearest {
            Some((number, misses)) => {
                notes.push(format!("Nearest is exchange {number}:"));
                notes.extend(misses.iter().map(|d| format!("  {}   expected {}   was {}", d.path, d.expected, shown(d.actual.as_ref()))));
            }
            None => notes.push("No exchange is like it.".to_owned()),
        }
        if !lost.call.query.as_object().is_none_or(serde_json::Map::is_empty) {
            notes.push(format!("query  {}", lost.call.query));
        }
        if !lost.call.body.is_null() {
            notes.push(format!("body   {}", cut(&lost.call.body.to_string(), 600)));
        }
        Fault::new(what, notes)
    };
    lost.into_iter().map(fault).collect()
}

/// A value for people.
pub fn shown(value: Option<&Value>) -> String {
    value.map_or_else(|| "nothing".to_owned(), |value| cut(&value.to_string(), 300))
}

/// Exchanges and answers that nobody asked for.
pub fn leftovers(script: &Script) -> Vec<Fault> {
    let unused = script.unused().into_iter().map(|(number, parts, wanted, used)| {
        let what = format!("exchange {number} was not used: {} {}", parts.method.as_deref().unwrap_or("GET"), parts.url);
        Fault { expected: Some(format!("{wanted} times")), actual: Some(json!(used)), ..Fault::new(what, Vec::new()) }
    });
    let unsaid = (script.unsaid() > 0).then(|| Fault::new(format!("{} answers of `ai` were not asked for", script.unsaid()), Vec::new()));
    unused.chain(unsaid).collect()
}
