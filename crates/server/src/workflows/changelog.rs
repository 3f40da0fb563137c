//! What changed from version to version: the lines of `metadata.changelog` and the notes of versions, as one list.

use std::cmp::Ordering;
use std::sync::LazyLock;

use millrace_clock::Timestamp;
use regex::Regex;
use serde::Serialize;
use serde_json::Value;

use super::model::Version;
use super::semver;

/// `1.2.0 - what changed`, also with a dash or a colon.
static LINE: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^\s*(\d+\.\d+\.\d+\S*)\s*[-–:]\s*(.+)$").ok());

/// What marks a line that breaks something.
const BREAKING: &str = "breaking:";

/// One version's changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct VersionChange {
    /// The version.
    pub version: String,
    /// What changed, one text per line of the changelog or note.
    pub changes: Vec<String>,
    /// Whether it breaks what was before.
    pub is_breaking: bool,
    /// When it was published; nothing for a version that only the text knows.
    pub published_at: Option<String>,
}

/// What a stored version says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Noted {
    /// The version.
    pub version: String,
    /// What its author said when it was published.
    pub notes: Option<String>,
    /// Whether it broke what was published before.
    pub is_breaking: bool,
    /// When it was published.
    pub published_at: Option<String>,
}

/// The lines of a changelog that speak of a version, as they stand. Other lines are for people only.
pub fn parse(text: &str) -> Vec<VersionChange> {
    let mut read: Vec<VersionChange> = Vec::new();
    let lines = LINE.iter().flat_map(|line| text.lines().filter_map(|l| line.captures(l)));
    for found in lines {
        let (Some(version), Some(said)) = (found.get(1), found.get(2)) else { continue };
        let said = said.as_str().trim();
        let breaks = said.get(..BREAKING.len()).is_some_and(|start| start.eq_ignore_ascii_case(BREAKING));
        let said = if breaks { said[BREAKING.len()..].trim() } else { said };
        add(&mut read, version.as_str(), Some(said), breaks, None);
    }
    read
}

/// The changelog's lines and the versions' notes as one list, newest version first.
pub fn merge(text: &str, versions: &[Noted]) -> Vec<VersionChange> {
    let mut all = parse(text);
    for version in versions {
        add(&mut all, &version.version, version.notes.as_deref(), version.is_breaking, version.published_at.as_deref());
    }
    all.sort_by(|a, b| semver::compare(&b.version, &a.version));
    all
}

/// The changelog that a version states, with the notes of these versions.
pub fn told(stating: &Version, versions: &[Version]) -> Vec<VersionChange> {
    let text = stating.metadata.get("changelog").and_then(Value::as_str).unwrap_or_default();
    let noted: Vec<Noted> = versions
        .iter()
        .filter(|v| v.published_at.is_some())
        .map(|v| Noted { version: v.version.clone(), notes: v.notes.clone(), is_breaking: v.is_breaking, published_at: v.published_at.as_ref().map(Timestamp::to_string) })
        .collect();
    merge(text, &noted)
}

/// What an installation of `installed` is told when `offered` is there: the versions after the one, up to the other.
pub fn between(all: Vec<VersionChange>, installed: Option<&str>, offered: Option<&str>) -> Vec<VersionChange> {
    let after = |c: &VersionChange| installed.is_none_or(|from| semver::compare(&c.version, from) == Ordering::Greater);
    let until = |c: &VersionChange| offered.is_none_or(|to| semver::compare(&c.version, to) != Ordering::Greater);
    all.into_iter().filter(|c| after(c) && until(c)).collect()
}

fn add(all: &mut Vec<VersionChange>, version: &str, said: Option<&str>, is_breaking: bool, published_at: Option<&str>) {
    let at = all.iter().position(|c| semver::compare(&c.version, version) == Ordering::Equal).unwrap_or_else(|| {
        all.push(VersionChange { version: version.to_owned(), changes: Vec::new(), is_breaking: false, published_at: None });
        all.len() - 1
    });
    let Some(change) = all.get_mut(at) else { return };
    change.is_breaking |= is_breaking;
    if change.published_at.is_none() {
        change.published_at = published_at.map(str::to_owned);
    }
    if let Some(said) = said.map(str::trim).filter(|said| !said.is_empty() && !change.changes.iter().any(|c| c == said)) {
        change.changes.push(said.to_owned());
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const TEXT: &str = "
        2.0.0 - Breaking: the CRM address is a URL now
        1.2.0 – Notion pages
        1.2.0: and Slack
      1.1.0-beta.1 - a trial
        Thanks to everybody who wrote.
        1.0.0 - First version
    ";

    #[test]
    fn lines_that_speak_of_a_version_are_read() {
        let read = parse(TEXT);
        let short: Vec<(&str, Vec<&str>, bool)> = read.iter().map(|c| (c.version.as_str(), c.changes.iter().map(String::as_str).collect(), c.is_breaking)).collect();
        assert_eq!(
            short,
            [
                ("2.0.0", vec!["the CRM address is a URL now"], true),
                ("1.2.0", vec!["Notion pages", "and Slack"], false),
                ("1.1.0-beta.1", vec!["a trial"], false),
                ("1.0.0", vec!["First version"], false),
            ]
        );
        for nothing in ["", "1.0 - too short", "v1.0.0 - a letter", "1.0.0", "1.0.0 -", "Version 1.0.0 - later in the line"] {
            assert_eq!(parse(nothing), [], "{nothing}");
        }
        assert_eq!(parse("1.0.0-note")[0].changes, ["note"]);
    }

    #[test]
    fn notes_join_the_lines_of_their_version() {
        let noted = |version: &str, notes: &str, is_breaking| Noted { version: version.into(), notes: Some(notes.into()), is_breaking, published_at: Some("then".into()) };
        let all = merge("1.1.0 - Slack", &[noted("1.0.0", "The first", false), noted("1.10.0", "Zoom", true), noted("1.1.0", "Slack", false), noted("1.1.0", "and Teams", false)]);
        let short: Vec<(&str, usize, bool)> = all.iter().map(|c| (c.version.as_str(), c.changes.len(), c.is_breaking)).collect();
        assert_eq!(short, [("1.10.0", 1, true), ("1.1.0", 2, false), ("1.0.0", 1, false)]);
        assert_eq!(all[1].changes, ["Slack", "and Teams"]);
        assert_eq!(all[1].published_at.as_deref(), Some("then"));
    }

    #[test]
    fn an_offer_shows_what_is_new_in_it() {
        let versions = |from, to| between(merge(TEXT, &[]), from, to).into_iter().map(|c| c.version).collect::<Vec<_>>();
        assert_eq!(versions(Some("1.0.0"), Some("1.2.0")), ["1.2.0", "1.1.0-beta.1"]);
        assert_eq!(versions(Some("1.2.0"), None), ["2.0.0"]);
        assert_eq!(versions(None, Some("1.0.0")), ["1.0.0"]);
        assert_eq!(versions(Some("2.0.0"), None), Vec::<String>::new());
    }
}
