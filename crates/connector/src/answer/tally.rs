//! A list as counts.

use serde_json::{Map, Value};

use crate::json_path;
use crate::schema::{Count, Tally};

/// Counts the items, then works out percentages of the counts.
pub(super) fn count(tally: &Tally, items: &[Value]) -> Value {
    let mut out = Map::new();
    for (name, rule) in &tally.counts {
        out.insert(name.clone(), items.iter().filter(|item| counts(rule, item)).count().into());
    }
    for (name, (part, whole)) in &tally.percent {
        let number = |count: &String| out.get(count).and_then(Value::as_u64).unwrap_or(0);
        let (part, whole) = (number(part), number(whole));
        // Rounded to the nearest whole, halves up; nothing of nothing is 0.
        let percent = if whole == 0 { 0 } else { (part * 200 + whole) / (whole * 2) };
        out.insert(name.clone(), percent.into());
    }
    Value::Object(out)
}

fn counts(rule: &Count, item: &Value) -> bool {
    let at = |path: &String| json_path::get_some(item, path);
    rule.has.as_ref().is_none_or(|path| at(path).is_some())
        && rule.equals.iter().all(|(path, wanted)| at(path) == Some(wanted))
        && rule.differs.iter().all(|(path, unwanted)| at(path) != Some(unwanted))
}
