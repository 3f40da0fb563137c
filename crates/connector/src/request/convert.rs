//! Values as a parameter's type wants them.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use serde_json::{Number, Value};

use crate::schema::ParamType;

/// The value in its wire form, or what it should have been.
pub(super) fn convert(kind: ParamType, value: &Value, now_ms: i64) -> Result<Value, &'static str> {
    if value.is_null() {
        return Ok(Value::Null);
    }
    match kind {
        ParamType::Any => Ok(value.clone()),
        ParamType::String => match value {
            Value::String(_) => Ok(value.clone()),
            Value::Number(number) => Ok(Value::String(number.to_string())),
            _ => Err("text"),
        },
        ParamType::Integer => integer(value).map(Value::from).ok_or("a whole number"),
        ParamType::Number => number(value).map(Value::Number).ok_or("a number"),
        ParamType::Boolean => boolean(value).map(Value::Bool).ok_or("true or false"),
        ParamType::Object => value.is_object().then(|| value.clone()).ok_or("an object"),
        ParamType::Array => match value {
            Value::Array(_) => Ok(value.clone()),
            Value::Object(_) => Err("a list"),
            scalar => Ok(Value::Array(vec![scalar.clone()])),
        },
        ParamType::Date | ParamType::Datetime | ParamType::EpochS | ParamType::EpochMs => {
            let at = instant_ms(value, now_ms).ok_or("a date, an instant or a duration such as 24h")?;
            write_instant(kind, at).ok_or("a date between the years -9999 and 9999")
        }
    }
}

/// An instant in the wire form of a date type.
pub(super) fn write_instant(kind: ParamType, at_ms: i64) -> Option<Value> {
    let at = Timestamp::from_millisecond(at_ms).ok()?;
    Some(match kind {
        ParamType::Date => Value::String(at.strftime("%Y-%m-%d").to_string()),
        ParamType::EpochS => Value::from(at.as_second()),
        ParamType::EpochMs => Value::from(at_ms),
        _ => Value::String(at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()),
    })
}

fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::Number(n) => n.as_i64().or_else(|| {
            let float = n.as_f64()?;
            (float.fract() == 0.0 && float.abs() < 9e15).then_some(float as i64)
        }),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

fn number(value: &Value) -> Option<Number> {
    match value {
        Value::Number(n) => Some(n.clone()),
        Value::String(text) => match text.trim().parse::<i64>() {
            Ok(whole) => Some(whole.into()),
            Err(_) => text.trim().parse::<f64>().ok().and_then(Number::from_f64),
        },
        _ => None,
    }
}

fn boolean(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(b) => Some(*b),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

/// An instant in milliseconds since 1970, from what scripts pass: ISO text (without a zone = UTC), a day, milliseconds
/// or seconds since 1970, or a duration that counts back from now (`24h`, `7d`).
pub(crate) fn instant_ms(value: &Value, now_ms: i64) -> Option<i64> {
    match value {
        Value::Number(n) => epoch(n.as_f64()?),
        Value::String(text) => {
            let text = text.trim();
            if let Ok(at) = text.parse::<Timestamp>() {
                return Some(at.as_millisecond());
            }
            if let Some(duration) = duration_ms(text) {
                return now_ms.checked_sub(duration);
            }
            if let Ok(number) = text.parse::<f64>() {
                return epoch(number);
            }
            let civil = text.parse::<DateTime>().or_else(|_| text.parse::<Date>().map(|day| day.at(0, 0, 0, 0))).ok()?;
            Some(civil.to_zoned(TimeZone::UTC).ok()?.timestamp().as_millisecond())
        }
        _ => None,
    }
}

/// Numbers from 1e11 up are milliseconds (1973 onwards), smaller ones seconds (up to the year 5138).
fn epoch(number: f64) -> Option<i64> {
    let ms = if number.abs() >= 1e11 { number } else { number * 1000.0 };
    (ms.is_finite() && ms.abs() < 9e15).then_some(ms.round() as i64)
}

/// `30m`, `24h`, `7d`, `2w`, `90s` in milliseconds.
pub(super) fn duration_ms(text: &str) -> Option<i64> {
    let unit = text.chars().last()?;
    let ms: i64 = match unit {
        's' => 1_000,
        'm' => 60_000,
        'h' => 3_600_000,
        'd' => 86_400_000,
        'w' => 604_800_000,
        _ => return None,
    };
    let digits = &text[..text.len() - 1];
    let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    if plain { digits.parse::<i64>().ok()?.checked_mul(ms) } else { None }
}
