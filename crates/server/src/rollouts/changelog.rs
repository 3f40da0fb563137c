//! What is new between two versions, as the module's changelog says it (spec marketplace §8).

use semver::Version;

/// One line of a changelog.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct Change {
    /// The version that brought it.
    pub version: String,
    /// What changed, for people.
    pub text: String,
    /// Whether the author calls it breaking.
    pub breaking: bool,
}

/// The lines of a changelog after `installed`, up to `offered`, newest first. Lines that name no version are left out.
pub fn between(changelog: &str, installed: &Version, offered: &Version) -> Vec<Change> {
    let mut found: Vec<(Version, Change)> = changelog.lines().filter_map(line).filter(|(version, _)| version > installed && version <= offered).collect();
    found.sort_by(|(a, _), (b, _)| b.cmp(a));
    found.into_iter().map(|(_, change)| change).collect()
}

fn line(text: &str) -> Option<(Version, Change)> {
    let text = text.trim_start();
    let end = text.find(|c: char| c.is_whitespace() || c == ':' || c == '–').unwrap_or(text.len());
    let (version, rest) = text.split_at(end);
    let version: Version = version.parse().ok()?;
    let said = rest.trim_start().strip_prefix(['-', '–', ':'])?.trim();
    let marked = said.get(..9).filter(|start| start.eq_ignore_ascii_case("breaking:"));
    let shown = marked.map_or(said, |start| said[start.len()..].trim());
    (!shown.is_empty()).then(|| (version.clone(), Change { version: version.to_string(), text: shown.to_owned(), breaking: marked.is_some() }))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_offer_shows_what_came_since() {
        let text = "\n    2.1.0 - Added Slack integration\n    2.0.0 - Breaking: New config schema\n    1.1.0: Faster\n    1.0.0 – Initial release\n  soon: more\n";
        let shown = between(text, &"1.0.0".parse().unwrap(), &"2.0.0".parse().unwrap());
        let shown: Vec<(&str, &str, bool)> = shown.iter().map(|c| (c.version.as_str(), c.text.as_str(), c.breaking)).collect();
        assert_eq!(shown, [("2.0.0", "New config schema", true), ("1.1.0", "Faster", false)]);
    }
}
