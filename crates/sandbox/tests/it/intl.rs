//! `Intl` and the `toLocale…` methods against what Node with full ICU prints.

use super::globals::{isolate::Isolate, play};

#[test]
fn locale_output_is_what_node_prints() {
    play(include_str!("../vectors/intl.json"));
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
