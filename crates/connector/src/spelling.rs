//! camelCase and snake_case: workflows use either, a provider wants one.

/// `parentDatabaseId` → `parent_database_id`; snake_case comes back unchanged.
pub fn to_snake(name: &str) -> String {
    let chars: Vec<char> = name.chars().collect();
    let mut out = String::with_capacity(name.len() + 4);
    for (i, &c) in chars.iter().enumerate() {
        if c.is_ascii_uppercase() {
            let after_small = i > 0 && (chars[i - 1].is_ascii_lowercase() || chars[i - 1].is_ascii_digit());
            let ends_acronym =
                i > 0 && chars[i - 1].is_ascii_uppercase() && chars.get(i + 1).is_some_and(char::is_ascii_lowercase);
            if after_small || ends_acronym {
                out.push('_');
            }
            out.push(c.to_ascii_lowercase());
        } else {
            out.push(c);
        }
    }
    out
}

/// `label_ids` and `google-drive` → `labelIds` and `googleDrive`; camelCase comes back unchanged.
pub fn to_camel(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut upper = false;
    for c in name.chars() {
        if (c == '_' || c == '-') && !out.is_empty() {
            upper = true;
        } else if upper {
            out.push(c.to_ascii_uppercase());
            upper = false;
        } else {
            out.push(c);
        }
    }
    out
}

/// `displayName` and `display_name` → `DisplayName`.
pub fn to_pascal(name: &str) -> String {
    let camel = to_camel(name);
    let mut chars = camel.chars();
    chars.next().map(|first| first.to_ascii_uppercase().to_string() + chars.as_str()).unwrap_or_default()
}

/// Whether two names are spellings of one: `issueNumber`, `issue_number`, `issue-number`.
pub fn same_name(a: &str, b: &str) -> bool {
    a == b || to_snake(a).replace('-', "_") == to_snake(b).replace('-', "_")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn spellings_meet() {
        assert_eq!(to_snake("parentDatabaseId"), "parent_database_id");
        assert_eq!(to_snake("meetingID"), "meeting_id");
        assert_eq!(to_snake("HTMLBody"), "html_body");
        assert_eq!(to_snake("page_size"), "page_size");
        assert_eq!(to_camel("label_ids"), "labelIds");
        assert_eq!(to_camel("google-drive"), "googleDrive");
        assert_eq!(to_camel("maxResults"), "maxResults");
        assert_eq!(to_pascal("display_name"), "DisplayName");
        assert_eq!(to_pascal("GivenName"), "GivenName");
        assert_eq!(to_pascal(""), "");
        assert!(same_name("issueNumber", "issue_number"));
        assert!(same_name("follow-up-boss", "followUpBoss"));
        assert!(!same_name("issue", "issues"));
    }
}
