//! Credentials written into the code.

/// What kind of credential a text certainly is. Only forms that nothing else has: a wrong alarm would stop a deploy.
pub(super) fn known(text: &str) -> Option<&'static str> {
    const TOKENS: [(&str, usize, &str); 17] = [
        ("sk_live_", 16, "a Stripe secret key"), ("rk_live_", 16, "a Stripe restricted key"), ("whsec_", 24, "a webhook signing secret"),
        ("sk-ant-", 24, "an Anthropic API key"), ("sk-proj-", 24, "an OpenAI API key"), ("xoxb-", 20, "a Slack bot token"),
        ("xoxp-", 20, "a Slack user token"), ("xapp-", 20, "a Slack app token"), ("ghp_", 30, "a GitHub token"),
        ("gho_", 30, "a GitHub token"), ("ghs_", 30, "a GitHub token"), ("github_pat_", 30, "a GitHub token"),
        ("ntn_", 30, "a Notion token"), ("lin_api_", 30, "a Linear API key"), ("AIza", 35, "a Google API key"),
        ("SG.", 40, "a SendGrid API key"), ("sk-", 40, "an API key"),
    ];
    let text = text.trim();
    let text = text.strip_prefix("Bearer ").unwrap_or(text);
    if text.contains("-----BEGIN ") && text.contains("PRIVATE KEY-----") {
        return Some("a private key");
    }
    let is_token = |rest: &str, length: usize| {
        rest.len() >= length
            && rest.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
            && !is_placeholder(rest)
    };
    let prefixed = TOKENS.iter().find(|(prefix, length, _)| text.strip_prefix(prefix).is_some_and(|rest| is_token(rest, *length)));
    if let Some((_, _, kind)) = prefixed {
        return Some(kind);
    }
    let aws = text.len() == 20 && (text.starts_with("AKIA") || text.starts_with("ASIA"));
    (aws && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()) && !text.ends_with("EXAMPLE")).then_some("an AWS access key")
}

/// Whether a name says that its value is a credential.
pub(super) fn is_secret_name(name: &str) -> bool {
    let name: String = name.to_ascii_lowercase().chars().filter(|c| !matches!(c, '_' | '-')).collect();
    ["apikey", "secret", "password", "passwd", "accesstoken", "authtoken", "privatekey", "clientsecret"]
        .iter()
        .any(|word| name == *word || name.ends_with(word))
}

/// Whether a text given such a name looks like a real credential: long, of one word, mixed.
pub(super) fn looks_real(text: &str) -> bool {
    let has = |what: fn(&u8) -> bool| text.as_bytes().iter().any(what);
    text.len() >= 20
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'+' | b'/' | b'='))
        && has(u8::is_ascii_digit)
        && has(u8::is_ascii_alphabetic)
        && !is_placeholder(text)
}

fn is_placeholder(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let told = ["xxxx", "your", "example", "placeholder", "test", "dummy", "changeme", "....", "redacted"];
    let distinct = text.bytes().collect::<std::collections::BTreeSet<_>>().len();
    told.iter().any(|word| lower.contains(word)) || distinct < 6
}

#[cfg(test)]
mod tests {
    use super::{is_secret_name, known, looks_real};

    #[test]
    fn real_forms_are_known_and_placeholders_are_not() {
        // Assembled, so that no scanner takes this file for a leak.
        let token = |prefix: &str| format!("{prefix}4eC39HqLyjWDarjtT1zdp7dcaB12cD34eF56gH78");
        for prefix in ["sk_live_", "xoxb-", "ghp_", "sk-ant-", "github_pat_", "Bearer sk_live_"] {
            assert!(known(&token(prefix)).is_some(), "{prefix}");
        }
        assert!(known("-----BEGIN RSA PRIVATE KEY-----\nabc").is_some());
        assert_eq!(known(&format!("AKIA{}", "Z7KD93LQX0PM21VB")), Some("an AWS access key"));
        for text in ["sk_live_xxxxxxxxxxxxxxxxxxxx", "xoxb-your-token-goes-right-here", "sk-learn", "ghp_", "AKIAIOSFODNN7EXAMPLE", "Bearer ${x}"] {
            assert_eq!(known(text), None, "{text}");
        }
    }

    #[test]
    fn names_and_values_must_both_agree() {
        assert!(is_secret_name("API_KEY") && is_secret_name("clientSecret") && !is_secret_name("secretary") && !is_secret_name("tokens"));
        assert!(looks_real("a8f3b0c94d7e4f12b6a1c3d5") && !looks_real("my long description 1") && !looks_real("short1"));
    }
}
