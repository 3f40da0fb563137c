//! What the mails say, and what the texts of others cannot make them say.

use std::time::Duration;

use millrace_clock::Timestamp;

use super::super::letter::shown;
use super::super::template::Template;
use super::{TOKEN, link};

/// One of each, every chosen text being `evil`.
fn all(evil: &str) -> Vec<Template> {
    let text = || evil.to_owned();
    let some = || Some(evil.to_owned());
    let at = Timestamp::parse("2026-11-21T16:05:00Z").unwrap();
    let open_url = || "https://millrace.example/app?a=1&b=2".to_owned();
    vec![
        Template::WelcomeSso { name: some(), workspace: some(), open_url: open_url() },
        Template::Welcome { name: some(), open_url: open_url() },
        Template::VerifyEmail { link: link(), expires_at: at },
        Template::PasswordReset { link: link(), expires_at: at, ip: some() },
        Template::PasswordResetSuccess { at, ip: some(), reset_url: open_url() },
        Template::LoginNewDevice { at, device: text(), ip: some(), sessions_url: open_url() },
        Template::SecondFactorAdded { name: text(), at, ip: some(), security_url: open_url() },
        Template::PasskeyAdded { name: text(), at, ip: some(), security_url: open_url() },
        Template::SecondFactorsReset { at, security_url: open_url() },
        Template::SecondFactorRemoved { name: text(), others: false, at, ip: some(), security_url: open_url() },
        Template::RecoveryCodeUsed { left: 9, at, ip: some(), security_url: open_url() },
        Template::DomainMissing { workspace: text(), domain: text(), record_name: text(), record_text: text(), until: at, settings_url: open_url() },
        Template::DomainLapsed { workspace: text(), domain: text(), record_name: text(), record_text: text(), settings_url: open_url() },
        Template::ConnectionExpired { workspace: text(), service: text(), name: text(), at, reconnect_url: open_url() },
        Template::OauthAppUnhealthy { provider: text(), error: text(), at, apps_url: open_url() },
        Template::TeamInvitation { workspace: text(), inviter: text(), role: text(), link: link(), expires_at: at },
        Template::TeamInvitationSso { workspace: text(), inviter: text(), role: text(), link: link(), expires_at: at },
        Template::InvitationAccepted { workspace: text(), member: text(), role: text(), members_url: open_url() },
        Template::ApiKeyCreated {
            workspace: text(),
            name: text(),
            last4: "ab12".to_owned(),
            scopes: vec![text()],
            by: text(),
            ip: some(),
            expires_at: Some(at),
            at,
            keys_url: open_url(),
        },
        Template::ApiKeyRevoked { workspace: text(), name: text(), last4: "ab12".to_owned(), by: text(), at },
        Template::WorkspaceDeactivated { workspace: text(), by: some(), deleted_on: at, at },
        Template::RolloutHalted { workflow: text(), version: text(), reason: text(), rolled_back: true, at, rollout_url: open_url() },
        Template::AlertFiring { workflow: text(), alert: text(), condition: text(), window: text(), value: text(), at, alerts_url: open_url() },
        Template::AlertResolved { workflow: text(), alert: text(), condition: text(), at, alerts_url: open_url() },
        Template::SpendCapReached { workspace: text(), cap: text(), month: text(), stops: true, at, billing_url: open_url() },
        Template::MigrationFailed { workflow: text(), version: text(), code: text(), at, rollout_url: open_url() },
    ]
}

#[test]
fn texts_of_others_stay_texts() {
    let evil = "<script>alert(1)</script>\r\nBcc: x@example.com\u{202e} \"' onload=\" http://evil.example <!--body-->";
    for template in all(evil) {
        let mail = template.render();
        let word = template.word();
        assert!(!mail.html.contains("<script") && !mail.html.contains("\" onload="), "{word}: {}", mail.html);
        assert!(!mail.html.contains("<!--") && !mail.html.contains('\u{202e}'), "{word}");
        assert!(!mail.subject.contains(['\r', '\n']) && !mail.text.contains("\nBcc:"), "{word}: {}", mail.subject);
        for part in [&mail.text, &mail.html, &mail.subject] {
            assert!(!part.contains("http://evil"), "{word}: {part}");
        }
    }
}

#[test]
fn both_parts_say_the_same_and_a_secret_link_is_in_both() {
    for template in all("Anna & Söhne") {
        let (word, mail) = (template.word(), template.render());
        assert!(!mail.subject.is_empty() && mail.text.ends_with("-- \nMillrace\n"), "{word}");
        assert_eq!(mail.text.contains(TOKEN), template.link().is_some(), "{word}");
        assert_eq!(mail.html.matches(TOKEN).count(), if template.link().is_some() { 3 } else { 0 }, "{word}: button, address and its text");
        for line in mail.text.lines().filter(|line| line.split(' ').count() > 4) {
            // Facts stand in a table there.
            let value = line.split_once(": ").map_or(line, |(_, value)| value);
            let escaped = value.replace('&', "&amp;");
            assert!(mail.html.contains(&escaped), "{word}: `{line}` is not in the HTML");
        }
        assert!(mail.html.contains("prefers-color-scheme: dark") && mail.html.contains("name=\"viewport\""), "{word}");
        assert!(mail.html.contains(&format!("<title>{}</title>", mail.subject.replace('&', "&amp;"))), "{word}");
    }
    let verify = all("x").remove(2).render();
    assert!(verify.text.contains("until 21 November 2026, 16:05 UTC"), "{}", verify.text);
}

#[test]
fn fields_travel_without_their_link() {
    for template in all("Anna") {
        let json = serde_json::to_string(&template).unwrap();
        assert!(!json.contains(TOKEN) && !format!("{template:?}").contains(TOKEN), "{json}");
        let read: Template = serde_json::from_str(&json).unwrap();
        assert_eq!(read.word(), template.word());
        assert!(json.contains(&format!("\"template\":\"{}\"", template.word())), "{json}");
        match template.link() {
            Some(link) => assert_eq!(read.with_link(link.expose().to_owned()), template),
            None => assert_eq!(read, template),
        }
    }
}

#[test]
fn a_link_that_was_removed_is_said_to_be() {
    let json = serde_json::to_string(&all("Anna")[2]).unwrap();
    let read: Template = serde_json::from_str(&json).unwrap();
    let mail = read.render();
    assert!(mail.text.contains("the link is not kept") && !mail.html.contains("href"), "{}", mail.text);
    assert!(read.expires_at().unwrap().since(Timestamp::default()) > Duration::ZERO);
}

#[test]
fn names_are_shown_on_one_line_and_in_bounds() {
    assert_eq!(shown("  Anna\t\r\n  Maria "), "Anna Maria");
    assert_eq!(shown("a\u{200b}b\u{202e}c\u{0}d"), "abc d");
    assert_eq!(shown(&"ä".repeat(200)).chars().count(), 100);
    assert_eq!(shown("see https://x.example"), "see https: //x.example");
}
