//! Reading members of API answers that are shown to people: an absent member is simply not shown.

use jiff::Timestamp;
use serde_json::Value;

/// A text member that is not empty.
pub fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key).and_then(Value::as_str).filter(|s| !s.is_empty())
}

/// A text member, or a dash.
pub fn or_dash<'a>(value: &'a Value, key: &str) -> &'a str {
    text(value, key).unwrap_or("–")
}

/// The rows of a list answer.
pub fn rows(value: &Value) -> &[Value] {
    value.get("data").and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// A time member.
pub fn time(value: &Value, key: &str) -> Option<Timestamp> {
    text(value, key)?.parse().ok()
}

/// Microseconds between two time members.
pub fn micros_between(value: &Value, from: &str, to: &str) -> Option<i64> {
    Some(time(value, to)?.as_microsecond() - time(value, from)?.as_microsecond())
}

/// A time member as people read it: to the second, UTC.
pub fn clock(value: &Value, key: &str) -> String {
    time(value, key).map_or_else(|| "–".to_owned(), |t| t.strftime("%Y-%m-%d %H:%M:%S").to_string())
}

/// A duration in the unit that leaves two or three digits.
pub fn duration(micros: i64) -> String {
    let micros = micros.max(0);
    match micros {
        0..1_000 => format!("{micros} µs"),
        1_000..10_000 => format!("{}.{} ms", micros / 1_000, micros % 1_000 / 100),
        10_000..1_000_000 => format!("{} ms", micros / 1_000),
        1_000_000..60_000_000 => format!("{}.{:02} s", micros / 1_000_000, micros % 1_000_000 / 10_000),
        60_000_000..3_600_000_000 => format!("{} min {:02} s", micros / 60_000_000, micros % 60_000_000 / 1_000_000),
        3_600_000_000..86_400_000_000 => format!("{} h {:02} min", micros / 3_600_000_000, micros % 3_600_000_000 / 60_000_000),
        _ => format!("{} d {:02} h", micros / 86_400_000_000, micros % 86_400_000_000 / 3_600_000_000),
    }
}

/// A JSON value on one line, cut to `width` characters.
pub fn one_line(value: &Value, width: usize) -> String {
    let full = match value {
        Value::String(text) => text.replace(['\n', '\r', '\t'], " "),
        other => other.to_string(),
    };
    cut(&full, width)
}

/// The first `width` characters, with an ellipsis when something is missing.
pub fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(width.saturating_sub(1)).collect();
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn durations_keep_two_or_three_digits() {
        let cases = [
            (0, "0 µs"), (999, "999 µs"), (1_500, "1.5 ms"), (42_900, "42 ms"), (1_230_000, "1.23 s"), (61_000_000, "1 min 01 s"),
            (3_660_000_000, "1 h 01 min"), (259_200_000_000, "3 d 00 h"), (-5, "0 µs"),
        ];
        for (micros, shown) in cases {
            assert_eq!(duration(micros), shown);
        }
    }

    #[test]
    fn times_are_read_and_missing_ones_are_a_dash() {
        let run = json!({"a": "2026-01-02T03:04:05.5Z", "b": "2026-01-02T03:04:06Z", "c": null});
        assert_eq!(clock(&run, "a"), "2026-01-02 03:04:05");
        assert_eq!(clock(&run, "c"), "–");
        assert_eq!(micros_between(&run, "a", "b"), Some(500_000));
        assert_eq!(or_dash(&run, "c"), "–");
    }

    #[test]
    fn long_values_are_cut_by_characters() {
        assert_eq!(one_line(&json!({"k": "ääää"}), 8), "{\"k\":\"ä…");
        assert_eq!(one_line(&json!("a\nb"), 8), "a b");
    }
}
