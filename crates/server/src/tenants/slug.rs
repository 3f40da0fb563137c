//! A workspace's short name in addresses.

use std::str::FromStr;
use std::time::Duration;

use crate::http::ApiError;

/// Labels of hosts, so that each workspace can have one.
const SHORTEST: usize = 3;
const LONGEST: usize = 30;
/// Names that are, or look like, the installation's own.
const RESERVED: [&str; 11] = ["www", "api", "app", "admin", "ops", "auth", "mail", "static", "status", "support", "billing"];

/// How long a short name that a workspace gave up is kept for it: links with it are in mails and bookmarks.
pub(super) const KEPT: Duration = Duration::from_secs(90 * 24 * 60 * 60);
/// Given-up names that a workspace keeps; of more, the oldest are let go. Nobody hoards names by renaming.
pub(super) const FORMER: u32 = 3;

/// A workspace's short name: 3 to 30 lower-case letters, digits and hyphens, none of them at an end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slug(String);

impl Slug {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Names that could be had instead; whether they are free is for the store to say.
    pub(super) fn alternatives(&self) -> Vec<Self> {
        let base = self.0.chars().take(LONGEST - 5).collect::<String>();
        let base = base.trim_end_matches('-');
        ["1".to_owned(), "hq".to_owned(), random()].into_iter().filter_map(|end| format!("{base}-{end}").parse().ok()).collect()
    }

    /// A name made from any text, such as what stands before the `@`.
    pub(super) fn made_from(text: &str) -> Self {
        let letters: String = text.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).take(LONGEST - 5).collect();
        let letters = letters.trim_matches('-');
        letters.parse().unwrap_or_else(|_| Self(format!("{}-{}", if letters.is_empty() { "my" } else { letters }, random())))
    }
}

fn random() -> String {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    rand::random::<[u8; 4]>().iter().map(|b| char::from(LETTERS[usize::from(b & 31)])).collect()
}

impl FromStr for Slug {
    type Err = ApiError;

    fn from_str(text: &str) -> Result<Self, ApiError> {
        let text = text.trim();
        let letters = text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        let whole = (SHORTEST..=LONGEST).contains(&text.len()) && letters && !text.starts_with('-') && !text.ends_with('-');
        if !whole {
            return Err(invalid(&format!("has {SHORTEST} to {LONGEST} lower-case letters, digits and hyphens, and no hyphen at an end")));
        }
        if RESERVED.contains(&text) {
            return Err(invalid("is reserved"));
        }
        Ok(Self(text.to_owned()))
    }
}

fn invalid(message: &str) -> ApiError {
    ApiError::invalid("INVALID_SLUG", format!("The short name of a workspace {message}.")).with_field("workspace_slug", "INVALID_SLUG", message)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn slugs_are_labels_of_hosts() {
        for good in ["abc", "a-b", "acme-2026", "0x0", &"a".repeat(30)] {
            assert_eq!(good.parse::<Slug>().unwrap().as_str(), good);
        }
        for bad in ["", "ab", "-ab", "ab-", "Acme", "a_b", "a.b", "äbc", "a b", "admin", &"a".repeat(31)] {
            assert_eq!(bad.parse::<Slug>().unwrap_err().code, "INVALID_SLUG", "{bad}");
        }
    }

    #[test]
    fn what_is_made_is_valid() {
        for text in ["ada.lovelace", "x", "--", "üñï", "admin", &"long".repeat(20)] {
            let made = Slug::made_from(text);
            assert!(made.as_str().parse::<Slug>().is_ok(), "{text} → {made:?}");
            assert_eq!(made.alternatives().len(), 3);
        }
    }
}
