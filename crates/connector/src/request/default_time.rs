//! Default instants of parameters: `now`, `now - 30d`, `now - {days}d`.

use std::collections::BTreeMap;

use serde_json::Value;

use super::convert::duration_ms;
use crate::schema::Param;

/// Checks the text against the parameters it may name.
pub(crate) fn check(text: &str, params: &BTreeMap<String, Param>) -> Result<(), String> {
    let form = "write `now`, `now - 30d` or `now - {parameter}d` (units s, m, h, d, w)";
    match parse(text).ok_or(form)? {
        Some((Count::Param(name), _)) if !params.contains_key(name) => Err(format!("there is no parameter `{name}`")),
        _ => Ok(()),
    }
}

/// The instant that the text means; `None` when the parameter it names has no usable value.
pub(super) fn instant_ms(text: &str, values: &BTreeMap<String, Value>, now_ms: i64) -> Option<i64> {
    let Some((count, unit)) = parse(text)? else { return Some(now_ms) };
    let number = match count {
        Count::Fixed(digits) => digits.to_owned(),
        Count::Param(name) => crate::json_path::scalar_text(values.get(name)?)?,
    };
    now_ms.checked_sub(duration_ms(&format!("{number}{unit}"))?)
}

enum Count<'a> {
    Fixed(&'a str),
    Param(&'a str),
}

/// `None` = not of the form; `Some(None)` = `now`.
fn parse(text: &str) -> Option<Option<(Count<'_>, char)>> {
    if text.trim() == "now" {
        return Some(None);
    }
    let back = text.trim().strip_prefix("now")?.trim_start().strip_prefix('-')?.trim();
    let unit = back.chars().last().filter(|unit| "smhdw".contains(*unit))?;
    let count = &back[..back.len() - 1];
    if let Some(name) = count.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
        return Some(Some((Count::Param(name), unit)));
    }
    let digits = !count.is_empty() && count.bytes().all(|b| b.is_ascii_digit());
    digits.then_some(Some((Count::Fixed(count), unit)))
}
