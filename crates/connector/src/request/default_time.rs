//! Default instants of parameters: `now`, `now - 30d`, `now + {days}d`, `{start} + {minutes}m`.

use std::collections::BTreeMap;

use serde_json::Value;

use super::convert;
use crate::schema::Param;
use crate::template::Template;

/// Checks the text against the parameters it may name.
pub(crate) fn check(text: &str, params: &BTreeMap<String, Param>) -> Result<(), String> {
    let form = "write `now`, `now - 30d`, `now + {parameter}d` or `{parameter} + 30m` (units s, m, h, d, w)";
    let parsed = parse(text).ok_or(form)?;
    let named = Template::parse(text).map_err(|_| form)?;
    match named.names().find(|name| !params.contains_key(*name)) {
        Some(name) => Err(format!("there is no parameter `{name}`")),
        None => match parsed.base {
            Base::Param(name) if params[name].default_time.as_deref().is_some_and(rests_on_another) => {
                Err(format!("`{name}` itself counts from another parameter"))
            }
            _ => Ok(()),
        },
    }
}

/// Whether the instant counts from another parameter, which must therefore be settled before.
pub(super) fn rests_on_another(text: &str) -> bool {
    matches!(parse(text), Some(Parsed { base: Base::Param(_), .. }))
}

/// The instant that the text means; `None` when a parameter it names has no usable value.
pub(super) fn instant_ms(text: &str, values: &BTreeMap<String, Value>, now_ms: i64) -> Option<i64> {
    let parsed = parse(text)?;
    let base = match parsed.base {
        Base::Now => now_ms,
        Base::Param(name) => convert::instant_ms(values.get(name)?, now_ms)?,
    };
    let Some((forward, count, unit)) = parsed.shift else { return Some(base) };
    let number = match count.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
        Some(name) => crate::json_path::scalar_text(values.get(name)?)?,
        None => count.to_owned(),
    };
    let shift = convert::duration_ms(&format!("{number}{unit}"))?;
    if forward { base.checked_add(shift) } else { base.checked_sub(shift) }
}

enum Base<'a> {
    Now,
    Param(&'a str),
}

struct Parsed<'a> {
    base: Base<'a>,
    /// Forward or back, digits or `{parameter}`, unit.
    shift: Option<(bool, &'a str, char)>,
}

fn parse(text: &str) -> Option<Parsed<'_>> {
    let text = text.trim();
    let (base, rest) = match text.strip_prefix("now") {
        Some(rest) => (Base::Now, rest),
        None => {
            let (name, rest) = text.strip_prefix('{')?.split_once('}')?;
            (Base::Param(name), rest)
        }
    };
    let rest = rest.trim();
    if rest.is_empty() {
        return Some(Parsed { base, shift: None });
    }
    let forward = rest.starts_with('+');
    let amount = rest.strip_prefix(['+', '-'])?.trim();
    let unit = amount.chars().last().filter(|unit| "smhdw".contains(*unit))?;
    let count = &amount[..amount.len() - 1];
    let digits = !count.is_empty() && count.bytes().all(|b| b.is_ascii_digit());
    let named = count.len() > 2 && count.starts_with('{') && count.ends_with('}');
    (digits || named).then_some(Parsed { base, shift: Some((forward, count, unit)) })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn instants() {
        let values = BTreeMap::from([
            ("days".to_owned(), json!(2)),
            ("start".to_owned(), json!("1970-01-02T00:00:00Z")),
            ("word".to_owned(), json!("soon")),
        ]);
        let day = 86_400_000;
        for (text, expected) in [
            ("now", Some(day)),
            ("now - 1d", Some(0)),
            ("now + {days}d", Some(3 * day)),
            ("{start} + 30m", Some(day + 1_800_000)),
            ("{start}", Some(day)),
            ("{word} + 1d", None),
            ("now + {word}d", None),
            ("tomorrow", None),
            ("now * 2d", None),
            ("now + 2", None),
        ] {
            assert_eq!(instant_ms(text, &values, day), expected, "{text}");
        }
    }
}
