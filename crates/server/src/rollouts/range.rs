//! Which versions a migration comes from, and which migrations lie between two versions (spec marketplace §8).

use semver::{Version, VersionReq};

/// What `migration.from` says: `1.x`, `1.2.x`, `*`, `1.2.0`, `^1.2.0`, `~1.2.0`, `>=1.0.0 <2.0.0`, and several of them with `||`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Range(Vec<VersionReq>);

impl Range {
    /// Reads a range; nothing for what is none.
    pub fn parse(text: &str) -> Option<Self> {
        text.split("||").map(one).collect::<Option<Vec<_>>>().map(Self)
    }

    /// Whether a version is in the range. A pre-release counts as the release that it comes before: who tried `2.0.0-beta.1` comes from `2.x`.
    pub fn has(&self, version: &Version) -> bool {
        let release = Version::new(version.major, version.minor, version.patch);
        self.0.iter().any(|range| range.matches(version) || range.matches(&release))
    }
}

/// Comparators one after another mean all of them; a version without a sign means exactly itself.
fn one(text: &str) -> Option<VersionReq> {
    let mut written: Vec<String> = Vec::new();
    let mut sign = String::new();
    for word in text.split([' ', ',', '\t']).filter(|word| !word.is_empty()) {
        // `>= 1.0.0` as well as `>=1.0.0`.
        if word.chars().all(|c| "<>=^~".contains(c)) {
            sign = word.to_owned();
            continue;
        }
        written.push(comparator(&format!("{}{word}", std::mem::take(&mut sign)))?);
    }
    if written.is_empty() || !sign.is_empty() {
        return None;
    }
    VersionReq::parse(&written.join(", ")).ok()
}

fn comparator(word: &str) -> Option<String> {
    let digits = word.find(|c: char| !"<>=^~".contains(c))?;
    let (sign, version) = word.split_at(digits);
    let version = version.strip_prefix(['v', 'V']).unwrap_or(version);
    let known: Vec<&str> = version.split('.').take_while(|part| !matches!(*part, "x" | "X" | "*")).collect();
    match (known.is_empty(), sign) {
        (true, _) => Some("*".to_owned()),
        (false, "") => Some(format!("={}", known.join("."))),
        (false, sign) => Some(format!("{sign}{}", known.join("."))),
    }
}

/// A released version that brings configurations over from others.
#[derive(Debug, Clone)]
pub struct Step<T> {
    /// The version it brings them to.
    pub version: Version,
    /// Which ones it takes.
    pub from: Range,
    /// What it is.
    pub of: T,
}

/// The migrations that a configuration of `installed` goes through until it fits `offered`: every one that takes what the one before
/// left, in ascending order. Where the last one could not take what the others make of it, but takes `installed` itself, it goes alone.
pub fn chain<'a, T>(installed: &Version, offered: &Version, steps: &'a [Step<T>]) -> Vec<&'a Step<T>> {
    let mut between: Vec<&Step<T>> = steps.iter().filter(|step| step.version > *installed && step.version <= *offered).collect();
    between.sort_by(|a, b| a.version.cmp(&b.version));
    let mut at = installed;
    let mut taken = Vec::new();
    for step in &between {
        if step.from.has(at) {
            taken.push(*step);
            at = &step.version;
        }
    }
    match between.last() {
        Some(last) if last.version == *offered && at != offered && last.from.has(installed) => vec![*last],
        _ => taken,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn v(text: &str) -> Version {
        text.parse().unwrap()
    }

    #[test]
    fn every_form_means_what_it_says() {
        let has = |range: &str, version: &str| Range::parse(range).unwrap_or_else(|| panic!("{range}")).has(&v(version));
        for (range, inside, outside) in [
            ("1.x", "1.9.3", "2.0.0"),
            ("1", "1.0.0", "0.9.0"),
            ("v1.2.x", "1.2.7", "1.3.0"),
            ("1.2.0", "1.2.0", "1.2.1"),
            ("=1.2.0", "1.2.0", "1.3.0"),
            ("^1.2.0", "1.9.0", "1.1.9"),
            ("~1.2.0", "1.2.9", "1.3.0"),
            (">=1.0.0 <2.0.0", "1.5.0", "2.0.0"),
            (">= 1.0.0, < 2.0.0", "1.0.0", "0.9.9"),
            ("1.x || 3.x", "3.1.0", "2.1.0"),
            ("2.x", "2.0.0-beta.1", "1.0.0"),
        ] {
            assert!(has(range, inside), "{range} has {inside}");
            assert!(!has(range, outside), "{range} has not {outside}");
        }
        assert!(has("*", "0.0.1") && has("x", "7.0.0"));
        for wrong in ["", "old", "1.x || ", ">=", "1.0.0.0", "one.two"] {
            assert_eq!(Range::parse(wrong), None, "{wrong}");
        }
    }

    fn steps(all: &[(&str, &str)]) -> Vec<Step<()>> {
        all.iter().map(|(version, from)| Step { version: v(version), from: Range::parse(from).unwrap(), of: () }).collect()
    }

    fn taken(installed: &str, offered: &str, all: &[(&str, &str)]) -> Vec<String> {
        chain(&v(installed), &v(offered), &steps(all)).into_iter().map(|step| step.version.to_string()).collect()
    }

    #[test]
    fn what_was_skipped_is_gone_through_in_order() {
        let all = [("3.0.0", "2.x"), ("2.0.0", "1.x"), ("4.0.0", "3.x")];
        assert_eq!(taken("1.4.0", "3.0.0", &all), ["2.0.0", "3.0.0"]);
        assert_eq!(taken("2.1.0", "3.0.0", &all), ["3.0.0"]);
        assert_eq!(taken("1.4.0", "3.5.0", &all), ["2.0.0", "3.0.0"]);
        assert_eq!(taken("3.0.0", "3.0.1", &all), [""; 0]);
        assert_eq!(taken("0.9.0", "2.0.0", &all), [""; 0], "nothing comes from 0.x");
        assert_eq!(taken("1.0.0", "3.0.0", &[("2.0.0", "1.x"), ("3.0.0", "1.x")]), ["3.0.0"], "the last one takes it directly");
        assert_eq!(taken("1.0.0", "3.0.0", &[("2.0.0", "1.x"), ("3.0.0", "*")]), ["2.0.0", "3.0.0"]);
    }
}
