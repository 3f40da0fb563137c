//! `Intl` and the `toLocale…` methods against what Node with full ICU prints, in isolates such as those that runs have.
//!
//! The vectors are made by the scripts beside them; docs/testing.md names the commands. Texts must be equal to the character: nothing
//! is trimmed, and no kind of blank passes for another.

use millrace_sandbox::Outcome;
use serde_json::{Value, json};

use super::globals::isolate::Isolate;
use crate::support::{completed, opening_with, play, pool, program};

/// Vectors of one program: a program is one module, whose size has a limit.
const AT_ONCE: usize = 100;

/// How both sides of a comparison print a value.
const SHOW: &str = include_str!("../vectors/show.js");

/// Vectors as a workflow that returns all their outcomes. There is no `eval` in an isolate.
fn source(setup: &str, vectors: &[Value]) -> String {
    let thunks: Vec<String> = vectors.iter().map(|vector| format!("() => ({})", vector["js"].as_str().unwrap())).collect();
    format!(
        "const show = {SHOW};\n{setup}const all = [{}];\nconst outcome = (one) => {{ try {{ return show(one()) }} catch (e) {{ return JSON.stringify({{ throws: e.name }}) }} }};\n\
         export default {{ async execute() {{ return all.map(outcome) }} }};",
        thunks.join(",\n")
    )
}

/// What of `expected` is otherwise in `got`: whole vectors say little when one of their many texts differs.
fn differences(expected: &Value, got: &Value, path: &str, found: &mut Vec<String>) {
    match (expected, got) {
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            for (index, (one, other)) in one.iter().zip(other).enumerate() {
                differences(one, other, &format!("{path}[{index}]"), found);
            }
        }
        _ if expected == got => {}
        _ => found.push(format!("{path} is {expected}, got {got}")),
    }
}

/// Plays a vectors file: `{"made_with", "setup": constants, "vectors": [{"js": expression, "is": outcome}]}`.
async fn all_are_equal(file: &str, at_least: usize) {
    let file: Value = serde_json::from_str(file).unwrap();
    assert!(file["made_with"]["icu"].is_string(), "the file says with which data it was made");
    let vectors = file["vectors"].as_array().unwrap();
    assert!(vectors.len() >= at_least, "the vectors file is cut short");
    let setup = file["setup"].as_str().unwrap_or_default();
    let pool = pool().await;
    let mut wrong = Vec::new();
    for vectors in vectors.chunks(AT_ONCE) {
        let trace = play(&pool, program(&source(setup, vectors)), opening_with(json!({})), |_| Outcome::Value("null".into())).await.unwrap();
        let outcomes = completed(&trace.turn);
        for (vector, outcome) in vectors.iter().zip(outcomes.as_array().unwrap()) {
            let got: Value = serde_json::from_str(outcome.as_str().unwrap()).unwrap();
            let mut found = Vec::new();
            differences(&vector["is"], &got, "", &mut found);
            if !found.is_empty() {
                wrong.push(format!("{}\n    {}", vector["js"].as_str().unwrap(), found.join("\n    ")));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {} differ from Node:\n{}", wrong.len(), vectors.len(), wrong.join("\n"));
}

#[tokio::test]
async fn locale_output_is_what_node_prints() {
    all_are_equal(include_str!("../vectors/intl.json"), 500).await;
}

#[tokio::test]
async fn every_option_locale_and_change_of_the_clock_prints_as_in_node() {
    all_are_equal(include_str!("../vectors/formats.json"), 400).await;
}

/// The one difference on purpose: this Node answers with the older of two names of a zone, today's standard with the name that was asked for.
#[test]
fn a_zone_keeps_the_name_it_was_asked_by() {
    let isolate = Isolate::new();
    for (asked, resolved) in [("Asia/Kolkata", "Asia/Kolkata"), ("asia/calcutta", "Asia/Calcutta"), ("Europe/Kyiv", "Europe/Kyiv"), ("etc/UTC", "UTC"), ("+0530", "+05:30")] {
        let zone = format!("new Intl.DateTimeFormat('en-US', {{ timeZone: '{asked}' }}).resolvedOptions().timeZone");
        assert_eq!(isolate.show(&zone), resolved);
    }
}

/// CLDR puts a narrow no-break space before AM and PM. Those who split such texts at a blank would break, so runtimes print a plain one in
/// texts and keep the narrow one in parts; so does the sandbox.
#[test]
fn a_plain_blank_stands_before_am_in_texts_and_a_narrow_one_in_parts() {
    let isolate = Isolate::new();
    let at = "new Date(Date.UTC(2024, 0, 15, 9, 30))";
    assert_eq!(isolate.show(&format!("{at}.toLocaleString()")), "1/15/2024, 9:30:00\u{20}AM");
    let parts = format!("new Intl.DateTimeFormat('en-US', {{ timeStyle: 'short' }}).formatToParts({at}).at(-2).value");
    assert_eq!(isolate.show(&parts), "\u{202f}");
}

/// Locales without data are answered in the default locale, and say so: never in words of one locale under the name of another.
#[test]
fn a_locale_without_data_says_what_was_used_instead() {
    let isolate = Isolate::new();
    for (asked, used) in [("pt-BR", "en-US"), ("nl", "en-US"), ("de-AT", "de"), ("fr-CA", "fr"), ("en-AU", "en-GB"), ("en-CA", "en")] {
        assert_eq!(isolate.show(&format!("new Intl.DateTimeFormat('{asked}').resolvedOptions().locale")), used, "{asked}");
    }
    assert_eq!(isolate.show("Intl.DateTimeFormat.supportedLocalesOf(['pt-BR', 'de'])"), json!(["de"]));
    let calendar = "new Intl.DateTimeFormat('en', { calendar: 'buddhist', numberingSystem: 'thai' }).resolvedOptions()";
    assert_eq!(isolate.show(&format!("(({{ calendar, numberingSystem }}) => [calendar, numberingSystem])({calendar})")), json!(["gregory", "latn"]));
}

#[test]
fn only_the_parts_in_use_are_loaded() {
    let isolate = Isolate::new();
    assert_eq!(isolate.show("(1234.5).toLocaleString()"), "1,234.5");
    let loaded = isolate.show("test.loaded()");
    assert!(!loaded.as_array().unwrap().contains(&"%DateTimeFormat".into()), "{loaded}");
}

/// The usual way to read the wall clock of another zone; it leans on `Date` reading its own output.
#[test]
fn a_date_reads_back_what_it_printed() {
    let isolate = Isolate::new();
    for (text, iso) in [
        ("1/15/2024, 9:30:05 AM", "2024-01-15T09:30:05.000Z"),
        ("1/15/2024, 12:00:00 AM", "2024-01-15T00:00:00.000Z"),
        ("12/5/2024", "2024-12-05T00:00:00.000Z"),
        ("January 15, 2024", "2024-01-15T00:00:00.000Z"),
        ("Mon, Jan 15, 2024, 3:04 PM", "2024-01-15T15:04:00.000Z"),
    ] {
        assert_eq!(isolate.show(&format!("new Date({text:?}).toISOString()")), iso, "{text}");
    }
    let there = "new Date(new Date(Date.UTC(2024, 6, 15, 3)).toLocaleString('en-US', { timeZone: 'America/New_York' }))";
    assert_eq!(isolate.show(&format!("{there}.toISOString()")), "2024-07-14T23:00:00.000Z");
}

#[test]
fn calling_a_locale_method_on_the_wrong_thing_is_a_type_error() {
    let isolate = Isolate::new();
    for bad in ["Date.prototype.toLocaleDateString.call({})", "Number.prototype.toLocaleString.call('1')"] {
        assert_eq!(isolate.show(bad)["throws"], "TypeError", "{bad}");
    }
}

#[test]
fn replacing_the_global_date_does_not_change_how_dates_print() {
    let isolate = Isolate::new();
    isolate.run("globalThis.Real = Date; globalThis.Date = class { getUTCHours() { return 1 } }");
    assert_eq!(isolate.show("new Real(0).toLocaleString()"), "1/1/1970, 12:00:00 AM");
}
