//! IANA time zones, from the data compiled into the binary: every machine answers the same.

use std::sync::LazyLock;

use jiff::{
    Timestamp,
    tz::{Offset, TimeZone, TimeZoneDatabase},
};
use rquickjs::{Ctx, Exception, IntoJs, Result, Value, convert::List, function::Opt};

static DATABASE: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// English names of zones: `zone <TAB> standard name <TAB> daylight name <TAB> short standard <TAB> short daylight`.
/// Written by `tests/vectors/make-zone-names.mjs` from the Unicode CLDR data of a full-ICU runtime. A second name of a zone is a line of
/// its own: `name <TAB> =zone`.
const TITLES: &str = include_str!("zone-names.tsv");

/// Zones that all mean UTC and report themselves as `UTC`.
const UTC_NAMES: [&str; 11] = [
    "UTC",
    "Etc/UTC",
    "Etc/UCT",
    "UCT",
    "Etc/Zulu",
    "Zulu",
    "Etc/Universal",
    "Universal",
    "GMT",
    "Etc/GMT",
    "Etc/Greenwich",
];

/// - `zone("find", name)`: the name in its proper spelling, or `undefined` when there is no such zone;
/// - `zone("at", name, epoch_ms)`: `[offset_seconds, is_daylight]`;
/// - `zone("title", name)`: `[standard, daylight, short standard, short daylight]` in English, empty where there is none;
/// - `zone("names")`: all canonical names, sorted.
pub(super) fn zone<'js>(ctx: Ctx<'js>, op: String, name: Opt<String>, epoch_ms: Opt<f64>) -> Result<Value<'js>> {
    let name = name.0.unwrap_or_default();
    match op.as_str() {
        "find" => find(&name).into_js(&ctx),
        "at" => {
            let (offset, daylight) = at(&name, epoch_ms.0.unwrap_or_default())
                .ok_or_else(|| Exception::throw_range(&ctx, &format!("Invalid time zone specified: {name}")))?;
            List((offset, daylight)).into_js(&ctx)
        }
        "title" => title(&name).into_js(&ctx),
        "names" => names().into_js(&ctx),
        _ => Err(Exception::throw_type(&ctx, "no such zone operation")),
    }
}

fn find(name: &str) -> Option<String> {
    if UTC_NAMES.iter().any(|utc| utc.eq_ignore_ascii_case(name)) {
        return Some("UTC".to_owned());
    }
    if let Some(offset) = fixed_offset(name) {
        let minutes = offset.seconds() / 60;
        let sign = if minutes < 0 { '-' } else { '+' };
        return Some(format!("{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60));
    }
    DATABASE.get(name).ok().and_then(|zone| zone.iana_name().map(str::to_owned))
}

/// `+05:30`, `-0800`, `+09`: zones that are just an offset.
fn fixed_offset(name: &str) -> Option<Offset> {
    let (sign, rest) = match name.as_bytes().first()? {
        b'+' => (1, &name[1..]),
        b'-' => (-1, &name[1..]),
        _ => return None,
    };
    let digits: String = match rest.len() {
        2 | 4 => rest.to_owned(),
        5 if rest.as_bytes()[2] == b':' => rest.replace(':', ""),
        _ => return None,
    };
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let hours: i32 = digits[..2].parse().ok()?;
    let minutes: i32 = if digits.len() == 4 { digits[2..].parse().ok()? } else { 0 };
    if hours > 23 || minutes > 59 {
        return None;
    }
    Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).ok()
}

/// Offset from UTC in seconds, and whether daylight saving time is in force.
fn at(name: &str, epoch_ms: f64) -> Option<(i32, bool)> {
    if name == "UTC" {
        return Some((0, false));
    }
    let zone = match fixed_offset(name) {
        Some(offset) => TimeZone::fixed(offset),
        None => DATABASE.get(name).ok()?,
    };
    // JavaScript dates reach further than jiff's; the rules at its ends hold beyond them.
    let seconds = (epoch_ms / 1000.0).floor() as i64;
    let clamped = seconds.clamp(Timestamp::MIN.as_second(), Timestamp::MAX.as_second());
    let info = zone.to_offset_info(Timestamp::from_second(clamped).ok()?);
    Some((info.offset().seconds(), info.dst().is_dst()))
}

fn title(name: &str) -> Option<Vec<String>> {
    let row = |name: &str| TITLES.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('\t'));
    let found = row(name)?;
    let titles = match found.strip_prefix('=') {
        Some(zone) => row(zone)?,
        None => found,
    };
    Some(titles.split('\t').map(str::to_owned).collect())
}

fn names() -> Vec<String> {
    let rows = TITLES.lines().filter_map(|line| line.split_once('\t'));
    rows.filter(|(_, titles)| !titles.starts_with('=')).map(|(name, _)| name.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn names_are_found_whatever_their_case() {
        assert_eq!(find("america/new_york").as_deref(), Some("America/New_York"));
        assert_eq!(find("etc/utc").as_deref(), Some("UTC"));
        assert_eq!(find("+0530").as_deref(), Some("+05:30"));
        assert_eq!(find("Mars/Base"), None);
        assert_eq!(find("+25:00"), None);
        assert_eq!(find("+é1"), None, "no panic inside a character");
    }

    #[test]
    fn every_listed_zone_exists() {
        for name in names() {
            assert!(find(&name).is_some(), "{name}");
            assert_eq!(title(&name).unwrap().len(), 4, "{name}");
        }
    }

    #[test]
    fn a_zone_has_its_title_under_each_of_its_names() {
        assert_eq!(title("Asia/Kolkata"), title("Asia/Calcutta"));
        assert_eq!(title("Asia/Kolkata").unwrap()[0], "India Standard Time");
        for line in TITLES.lines().filter(|line| line.contains("\t=")) {
            let (name, zone) = line.split_once("\t=").unwrap();
            assert_eq!((title(name), at(name, 0.0)), (title(zone), at(zone, 0.0)), "{line}");
        }
        assert!(!names().contains(&"Asia/Kolkata".to_owned()), "one name per zone is listed");
    }

    #[test]
    fn daylight_saving_starts_on_the_second() {
        let spring = 1_710_054_000_000.0; // 2024-03-10T07:00:00Z
        assert_eq!(at("America/New_York", spring - 1.0), Some((-18000, false)));
        assert_eq!(at("America/New_York", spring), Some((-14400, true)));
        for zone in ["America/New_York", "Asia/Kolkata", "+01:00"] {
            assert!(at(zone, 8.64e15).is_some() && at(zone, -8.64e15).is_some(), "{zone} at the ends of time");
        }
    }
}
