//! Five-field cron expressions, checked as far as is certain.

const FIELDS: [(&str, u32, u32, &[&str]); 5] = [
    ("minute", 0, 59, &[]),
    ("hour", 0, 23, &[]),
    ("day of month", 1, 31, &[]),
    ("month", 1, 12, &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]),
    ("day of week", 0, 7, &["sun", "mon", "tue", "wed", "thu", "fri", "sat"]),
];

/// Why `text` is no cron expression. Expressions with `{{…}}` are checked for each installation instead.
pub(super) fn check(text: &str) -> Result<(), String> {
    if text.contains("{{") {
        return Ok(());
    }
    let fields: Vec<&str> = text.split_whitespace().collect();
    if fields.len() != FIELDS.len() {
        return Err(format!("expected 5 fields, got {}", fields.len()));
    }
    for (field, (name, low, high, names)) in fields.iter().zip(FIELDS) {
        for part in field.split(',') {
            check_part(part, low, high, names).map_err(|reason| format!("{name} `{part}` {reason}"))?;
        }
    }
    Ok(())
}

fn check_part(part: &str, low: u32, high: u32, names: &[&str]) -> Result<(), String> {
    let (range, step) = match part.split_once('/') {
        Some((range, step)) => (range, Some(step)),
        None => (part, None),
    };
    if let Some(step) = step
        && !step.parse::<u32>().is_ok_and(|step| step > 0)
    {
        return Err("has a step that is no positive number".to_owned());
    }
    if range == "*" {
        return Ok(());
    }
    let value = |text: &str| -> Result<u32, String> {
        let named = names.iter().position(|name| text.eq_ignore_ascii_case(name));
        let number = match named {
            Some(index) => index as u32 + low,
            None => text.parse().map_err(|_| "is not understood".to_owned())?,
        };
        if (low..=high).contains(&number) { Ok(number) } else { Err(format!("is not between {low} and {high}")) }
    };
    match range.split_once('-') {
        Some((from, to)) if value(from)? > value(to)? => Err("ends before it begins".to_owned()),
        Some(_) => Ok(()),
        None => value(range).map(|_| ()),
    }
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn what_the_scheduler_understands_is_accepted() {
        for text in [
            "* * * * *", "*/5 0-6,12 1 JAN-mar 1-5", "0 9 * * 7", "0 0 29 2 *", " 1  2 3 4 5 ", "10-50/20 * * * mon",
            "{{inputs.a}} bogus", "0 {{inputs.sendTime.hour}} * * *",
        ] {
            assert_eq!(check(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn what_is_certainly_wrong_is_named() {
        for (text, reason) in [
            ("", "got 0"), ("0 9 * *", "expected 5 fields, got 4"), ("0 9 * * * *", "got 6"), ("60 * * * *", "minute `60`"),
            ("* 24 * * *", "between 0 and 23"), ("* * 0 * *", "day of month"), ("* * * 13 *", "month"), ("* * * * 8", "day of week"),
            ("*/0 * * * *", "step"), ("5-1 * * * *", "ends before"), ("abc * * * *", "not understood"), ("1, * * * *", "not understood"),
        ] {
            let found = check(text);
            assert!(found.as_ref().is_err_and(|e| e.contains(reason)), "{text}: {found:?}");
        }
    }
}
