//! The formats of texts that a configuration may hold (spec §4).

/// `a@b.example`: one `@`, something before it, a dotted host after it, no spaces. The provider knows the rest.
pub fn is_email(text: &str) -> bool {
    let Some((local, host)) = text.rsplit_once('@') else { return false };
    let host_ok = host.contains('.') && host.split('.').all(|part| !part.is_empty() && !part.starts_with('-') && !part.ends_with('-'));
    let plain = |c: char| !c.is_whitespace() && !c.is_control();
    !local.is_empty() && local.len() <= 64 && text.len() <= 254 && host_ok && !local.contains('@') && text.chars().all(plain)
}

/// An absolute http or https address with a host.
pub fn is_url(text: &str) -> bool {
    url::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

/// Digits with the usual decoration; 5 to 20 digits.
pub fn is_phone(text: &str) -> bool {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let plain = text.char_indices().all(|(i, c)| c.is_ascii_digit() || matches!(c, ' ' | '-' | '.' | '(' | ')' | '/') || (c == '+' && i == 0));
    plain && (5..=20).contains(&digits)
}

/// An IANA zone.
pub fn is_timezone(text: &str) -> bool {
    jiff::tz::TimeZone::get(text).is_ok()
}

/// `7:30` or `07:30` as hour and minute.
pub fn time_of_day(text: &str) -> Option<(u8, u8)> {
    let (hour, minute) = text.split_once(':')?;
    let digits = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
    if !(1..=2).contains(&hour.len()) || minute.len() != 2 || !digits(hour) || !digits(minute) {
        return None;
    }
    let (hour, minute): (u8, u8) = (hour.parse().ok()?, minute.parse().ok()?);
    (hour < 24 && minute < 60).then_some((hour, minute))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_accept_and_refuse() {
        for (check, good, bad) in [
            (is_email as fn(&str) -> bool, vec!["a@b.co", "first.last+x@sub.example.com"], vec!["", "a", "a@b", "@b.co", "a@.co", "a b@c.de", "a@@b.co", "a@b..co"]),
            (is_url, vec!["https://x.example/a?b", "http://127.0.0.1:7001"], vec!["", "x.example", "ftp://x.example", "https://", "javascript:alert(1)"]),
            (is_phone, vec!["+49 30 123456", "(030) 12-34-56"], vec!["", "12", "call me", "1+23456"]),
            (is_timezone, vec!["UTC", "Europe/Berlin"], vec!["", "Mars/Base", "../etc"]),
        ] {
            for text in good {
                assert!(check(text), "{text}");
            }
            for text in bad {
                assert!(!check(text), "{text}");
            }
        }
    }

    #[test]
    fn times_have_hours_and_minutes() {
        assert_eq!(time_of_day("07:30"), Some((7, 30)));
        assert_eq!(time_of_day("7:05"), Some((7, 5)));
        for bad in ["24:00", "7:60", "7:5", "730", "07:30:00", "+7:30", ""] {
            assert_eq!(time_of_day(bad), None, "{bad}");
        }
    }
}
