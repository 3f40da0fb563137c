//! What is said about scenarios that were played: to people, as JSON, as JUnit.

use std::time::Duration;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};
use serde_json::{Value, json};

use super::check::shown;
use super::play::{Fault, Played};
use crate::terminal::{Terminal, Tone};

/// For people: a line for each scenario, and what is wrong below it.
pub fn text(terminal: Terminal, played: &Played) -> String {
    let passed = played.faults.is_empty();
    let mark = if passed { terminal.paint(Tone::Good, "✓") } else { terminal.paint(Tone::Bad, "✗") };
    let counts = format!("{} steps, {} calls, {}", played.steps, played.calls, took(played.took));
    let mut lines = vec![format!("{mark} {}  {}  {}", played.file.display(), terminal.paint(Tone::Strong, &played.title), terminal.paint(Tone::Faint, &counts))];
    let mut place = None;
    for fault in &played.faults {
        if fault.step.is_some() && place != fault.step.as_ref() {
            place = fault.step.as_ref();
            lines.extend(place.map(|(n, word)| format!("    {}", terminal.paint(Tone::Warn, &format!("step {n} ({word})")))));
        }
        lines.extend(fault_lines(terminal, fault).into_iter().map(|line| format!("      {line}")));
    }
    lines.join("\n")
}

fn fault_lines(terminal: Terminal, fault: &Fault) -> Vec<String> {
    let what = place(fault);
    let mut lines = match &fault.expected {
        Some(expected) => vec![format!("{what}   expected {}   was {}", terminal.paint(Tone::Good, expected), terminal.paint(Tone::Bad, &shown(fault.actual.as_ref())))],
        None => vec![terminal.paint(Tone::Bad, &what)],
    };
    lines.extend(fault.notes.iter().map(|note| format!("  {note}")));
    lines
}

fn place(fault: &Fault) -> String {
    match (fault.path.as_str(), fault.what.as_str()) {
        ("", what) => what.to_owned(),
        (path, what) if path.starts_with('[') => format!("{what}{path}"),
        (path, what) => format!("{what}.{path}"),
    }
}

fn took(took: Duration) -> String {
    let ms = took.as_secs_f64() * 1_000.0;
    if ms < 10.0 { format!("{ms:.1} ms") } else if ms < 10_000.0 { format!("{ms:.0} ms") } else { format!("{:.1} s", ms / 1_000.0) }
}

/// The answer for programs; its keys are stable.
pub fn json(all: &[Played], whole: Duration) -> Value {
    let failed = all.iter().filter(|played| !played.faults.is_empty()).count();
    let fault = |fault: &Fault| {
        json!({
            "step": fault.step.as_ref().map(|(n, _)| n), "kind": fault.step.as_ref().map(|(_, word)| word), "what": fault.what, "path": fault.path,
            "expected": fault.expected, "actual": fault.actual, "notes": fault.notes,
        })
    };
    let scenario = |played: &Played| {
        json!({
            "file": played.file, "title": played.title, "passed": played.faults.is_empty(), "ms": ms(played.took), "steps": played.steps, "calls": played.calls,
            "failures": played.faults.iter().map(fault).collect::<Vec<_>>(),
        })
    };
    json!({"passed": all.len() - failed, "failed": failed, "ms": ms(whole), "scenarios": all.iter().map(scenario).collect::<Vec<_>>()})
}

fn ms(took: Duration) -> f64 {
    (took.as_secs_f64() * 10_000.0).round() / 10.0
}

/// JUnit XML: one test case for each scenario.
///
/// # Errors
/// It cannot be written as XML.
pub fn junit(all: &[Played], whole: Duration) -> Result<String, String> {
    let mut suite = TestSuite::new("scenarios");
    suite.set_time(whole);
    for played in all {
        let status = match played.faults.first() {
            None => TestCaseStatus::success(),
            Some(first) => {
                let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
                status.set_message(place(first)).set_description(text(Terminal::without_colour(), played));
                status
            }
        };
        let mut case = TestCase::new(played.title.clone(), status);
        case.set_classname(played.file.display().to_string()).set_time(played.took);
        suite.add_test_case(case);
    }
    let mut report = Report::new("millrace test");
    report.set_time(whole);
    report.add_test_suite(suite);
    report.to_string().map_err(|e| e.to_string())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn played(faults: Vec<Fault>) -> Played {
        Played { file: "scenarios/a.yaml".into(), title: "A <b> & c".into(), took: Duration::from_micros(12_340), steps: 2, calls: 1, faults }
    }

    fn wrong() -> Fault {
        let step = Some((2, "webhook stripe".to_owned()));
        Fault { step, path: "data.n".into(), expected: Some("1".into()), actual: Some(json!(2)), ..Fault::new("result", vec!["a note".into()]) }
    }

    #[test]
    fn people_see_what_was_expected_and_where() {
        let said = text(Terminal::without_colour(), &played(vec![wrong()]));
        assert_eq!(said, "✗ scenarios/a.yaml  A <b> & c  2 steps, 1 calls, 12 ms\n    step 2 (webhook stripe)\n      result.data.n   expected 1   was 2\n        a note");
    }

    #[test]
    fn programs_get_stable_keys_and_valid_xml() {
        let all = [played(Vec::new()), played(vec![wrong()])];
        let answer = json(&all, Duration::from_millis(20));
        assert_eq!((answer["passed"].as_u64(), answer["failed"].as_u64(), answer["scenarios"][1]["failures"][0]["path"].as_str()), (Some(1), Some(1), Some("data.n")));
        let xml = junit(&all, Duration::from_millis(20)).unwrap();
        assert!(xml.contains("tests=\"2\"") && xml.contains("failures=\"1\"") && xml.contains("A &lt;b&gt; &amp; c"), "{xml}");
    }
}
