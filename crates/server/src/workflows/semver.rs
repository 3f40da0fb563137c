//! Semantic versions: which of two is newer, what comes next, and whether one lies in a range (spec marketplace §8).

use std::cmp::Ordering;

use super::naming;

/// `major.minor.patch`, maybe with a pre-release and a build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Semver {
    /// Breaking changes count it up.
    pub major: u64,
    /// New features count it up.
    pub minor: u64,
    /// Anything else counts it up.
    pub patch: u64,
    /// What stands after `-`; a release has none.
    pub pre: Option<String>,
}

/// Which part of a version counts up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bump {
    /// Something breaks.
    Major,
    /// Something is new.
    Minor,
    /// Anything else.
    Patch,
}

impl Semver {
    /// Strict `x.y.z[-pre][+build]`; nothing for anything else. A build says nothing about the order and is left out.
    pub fn parse(text: &str) -> Option<Self> {
        let (text, _build) = text.split_once('+').map_or((text, None), |(core, build)| (core, Some(build)));
        let (core, pre) = text.split_once('-').map_or((text, None), |(core, pre)| (core, Some(pre)));
        if pre.is_some_and(str::is_empty) {
            return None;
        }
        let mut parts = core.split('.').map(|part| part.bytes().all(|b| b.is_ascii_digit()).then(|| part.parse::<u64>().ok()).flatten());
        let (major, minor, patch) = (parts.next()??, parts.next()??, parts.next()??);
        parts.next().is_none().then(|| Self { major, minor, patch, pre: pre.map(str::to_owned) })
    }

    const fn numbers(&self) -> (u64, u64, u64) {
        (self.major, self.minor, self.patch)
    }

    fn order(&self, other: &Self) -> Ordering {
        self.numbers().cmp(&other.numbers()).then_with(|| match (&self.pre, &other.pre) {
            (None, None) => Ordering::Equal,
            (None, Some(_)) => Ordering::Greater,
            (Some(_), None) => Ordering::Less,
            (Some(own), Some(others)) => own.cmp(others),
        })
    }
}

/// Which of two versions is newer. A release is newer than its pre-releases, those are compared as text; what is no version is
/// compared as text, too.
pub fn compare(one: &str, other: &str) -> Ordering {
    let read = |text: &str| naming::normalised_version(text).as_deref().and_then(Semver::parse);
    match (read(one), read(other)) {
        (Some(a), Some(b)) => a.order(&b),
        _ => one.cmp(other),
    }
}

/// `v1` → `1.0.0`, `1.2` → `1.2.0`; nothing for what is no version.
pub fn normalize(text: &str) -> Option<String> {
    naming::normalised_version(text)
}

/// Whether `to` counts up the first number of `from`.
pub fn is_major_step(from: &str, to: &str) -> bool {
    matches!((Semver::parse(from), Semver::parse(to)), (Some(from), Some(to)) if to.major > from.major)
}

/// The version after this one; `1.0.0` after what is no version.
pub fn next(version: &str, bump: Bump) -> String {
    let Some(now) = normalize(version).as_deref().and_then(Semver::parse) else { return "1.0.0".to_owned() };
    let (major, minor, patch) = match bump {
        Bump::Major => (now.major + 1, 0, 0),
        Bump::Minor => (now.major, now.minor + 1, 0),
        // The release of a pre-release is what comes after it.
        Bump::Patch if now.pre.is_some() => now.numbers(),
        Bump::Patch => (now.major, now.minor, now.patch + 1),
    };
    format!("{major}.{minor}.{patch}")
}

/// Whether a version lies in a range: `*`, `1.x`, `1.2.x`, `^1.2.0`, `~1.2.0`, an exact version, or comparisons that all hold
/// (`>=1.0.0 <2.0.0`). What is no range holds nothing.
pub fn satisfies(version: &str, range: &str) -> bool {
    let Some(version) = normalize(version).as_deref().and_then(Semver::parse) else { return false };
    let mut parts = range.split_whitespace().peekable();
    parts.peek().is_some() && parts.all(|part| holds(&version, part))
}

fn holds(version: &Semver, part: &str) -> bool {
    if matches!(part, "*" | "x" | "X") {
        return true;
    }
    for (sign, fits) in [(">=", &[Ordering::Greater, Ordering::Equal][..]), ("<=", &[Ordering::Less, Ordering::Equal]), (">", &[Ordering::Greater]), ("<", &[Ordering::Less]), ("=", &[Ordering::Equal])] {
        if let Some(rest) = part.strip_prefix(sign) {
            return of(rest).is_some_and(|bound| fits.contains(&version.order(&bound)));
        }
    }
    if let Some(rest) = part.strip_prefix('^') {
        return of(rest).is_some_and(|from| version.order(&from) != Ordering::Less && version.major == from.major && (from.major > 0 || version.minor == from.minor));
    }
    if let Some(rest) = part.strip_prefix('~') {
        return of(rest).is_some_and(|from| version.order(&from) != Ordering::Less && (version.major, version.minor) == (from.major, from.minor));
    }
    let numbers: Vec<&str> = part.trim_start_matches('v').split('.').collect();
    match numbers.iter().position(|n| matches!(*n, "x" | "X" | "*")) {
        Some(wild) => {
            let own = [version.major, version.minor, version.patch];
            wild < 3 && numbers.iter().take(wild).zip(own).all(|(said, own)| said.parse() == Ok(own))
        }
        None => of(part).is_some_and(|exact| version.order(&exact) == Ordering::Equal),
    }
}

fn of(text: &str) -> Option<Semver> {
    normalize(text).as_deref().and_then(Semver::parse)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_have_an_order() {
        for (older, newer) in [
            ("1.0.0", "1.0.1"),
            ("1.9.0", "1.10.0"),
            ("1.9.9", "2.0.0"),
            ("1.0.0-beta.1", "1.0.0"),
            ("1.0.0-alpha", "1.0.0-beta"),
            // Pre-releases are compared as text.
            ("1.0.0-rc.10", "1.0.0-rc.2"),
            ("v1", "1.0.1"),
            ("1.2", "1.2.1"),
            // What is no version is plain text.
            ("aaa", "bbb"),
        ] {
            assert_eq!((compare(older, newer), compare(newer, older)), (Ordering::Less, Ordering::Greater), "{older} < {newer}");
        }
        for (one, same) in [("1.0.0", "1.0.0"), ("v1", "1.0.0"), ("1.2", "1.2.0"), ("1.0.0+a", "1.0.0+b")] {
            assert_eq!(compare(one, same), Ordering::Equal, "{one} = {same}");
        }
    }

    #[test]
    fn only_the_strict_form_is_a_version() {
        assert_eq!(Semver::parse("1.2.3-b.1+9"), Some(Semver { major: 1, minor: 2, patch: 3, pre: Some("b.1".into()) }));
        for bad in ["1", "1.2", "v1.2.3", "1.2.3.4", "1.2.x", "", "1.2.3-", "1..3", "-1.0.0"] {
            assert_eq!(Semver::parse(bad), None, "{bad}");
        }
        assert_eq!((normalize("v1").as_deref(), normalize("1.2").as_deref(), normalize("soon")), (Some("1.0.0"), Some("1.2.0"), None));
    }

    #[test]
    fn the_next_version_follows_from_what_changed() {
        for (from, bump, wanted) in [
            ("1.2.3", Bump::Major, "2.0.0"),
            ("1.2.3", Bump::Minor, "1.3.0"),
            ("1.2.3", Bump::Patch, "1.2.4"),
            ("2.0.0-rc.1", Bump::Patch, "2.0.0"),
            ("v1", Bump::Patch, "1.0.1"),
            ("soon", Bump::Major, "1.0.0"),
        ] {
            assert_eq!(next(from, bump), wanted, "{from} {bump:?}");
        }
        assert!(is_major_step("1.9.0", "2.0.0") && !is_major_step("1.0.0", "1.9.0") && !is_major_step("2.0.0", "1.0.0"));
    }

    #[test]
    fn ranges_hold_what_they_say() {
        for (range, inside, outside) in [
            ("1.x", "1.9.3", "2.0.0"),
            ("1.2.x", "1.2.9", "1.3.0"),
            ("*", "7.0.0", ""),
            ("1.2.0", "1.2.0", "1.2.1"),
            ("^1.2.0", "1.9.0", "1.1.9"),
            ("^1.2.0", "1.2.0", "2.0.0"),
            ("^0.2.0", "0.2.9", "0.3.0"),
            ("~1.2.0", "1.2.7", "1.3.0"),
            (">=1.0.0 <2.0.0", "1.5.0", "2.0.0"),
            (">1.0.0", "1.0.1", "1.0.0"),
            ("<=1.0.0", "1.0.0", "1.0.1"),
        ] {
            assert!(satisfies(inside, range), "{inside} is in {range}");
            assert!(!satisfies(outside, range), "{outside} is not in {range}");
        }
        for none in ["", "  ", "soon", ">=soon", "^", "1.2.3.x"] {
            assert!(!satisfies("1.2.3", none), "{none}");
        }
    }
}
