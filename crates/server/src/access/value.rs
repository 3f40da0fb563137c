//! Whom a grant means, normalised: what is stored and compared.

use serde_json::{Value, json};

use millrace_clock::Timestamp;
use millrace_ids::{TenantId, UserId};

use super::code;
use super::limits;
use super::model::GrantKind;
use crate::users::EmailAddress;

/// A grant's kind and value as they are stored; of a code, the code itself, which is hashed before it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The kind; a `user` grant that names an address is an `email` one.
    pub kind: GrantKind,
    /// The value.
    pub value: String,
}

/// Reads whom a grant means. `force` allows a domain where everybody gets an address.
///
/// # Errors
/// What is wrong with it, for people.
pub fn named(kind: &str, value: Option<&str>, force: bool) -> Result<Named, String> {
    let kind: GrantKind = kind.trim().parse().map_err(|known| format!("the type {known}"))?;
    let value = value.map(str::trim).filter(|text| !text.is_empty());
    let kind = if kind == GrantKind::User && value.is_some_and(|text| text.contains('@')) { GrantKind::Email } else { kind };
    let Some(text) = value else {
        // A code that nobody chose is made.
        return if kind == GrantKind::AccessCode { Ok(Named { kind, value: code::generate() }) } else { Err(format!("a grant of type {kind} needs a value")) };
    };
    let value = match kind {
        GrantKind::User => text.parse::<UserId>().map_err(|e| e.to_string())?.to_string(),
        GrantKind::Organization => text.parse::<TenantId>().map_err(|e| e.to_string())?.to_string(),
        GrantKind::Email => address(text)?,
        GrantKind::EmailDomain => domain(text, force)?,
        GrantKind::AccessCode => code::chosen(text)?,
    };
    Ok(Named { kind, value })
}

fn address(text: &str) -> Result<String, String> {
    let text = match text.rsplit_once('@') {
        Some((local, domain)) => format!("{local}@{}", ascii_domain(domain)?),
        None => text.to_owned(),
    };
    let address: EmailAddress = text.parse().map_err(|e: crate::users::InvalidEmail| e.to_string())?;
    Ok(address.as_str().to_owned())
}

fn domain(text: &str, force: bool) -> Result<String, String> {
    let domain = ascii_domain(text.strip_prefix('@').unwrap_or(text))?;
    // The rules of an address are those of its domain.
    format!("a@{domain}").parse::<EmailAddress>().map_err(|_| format!("`{}` is not a domain", shown(text)))?;
    if limits::PUBLIC_DOMAINS.contains(&domain.as_str()) && !force {
        return Err(format!("everybody can have an address at {domain}: name people by `email`, or send `force: true`"));
    }
    Ok(domain)
}

/// Names in other scripts as the mail system writes them.
fn ascii_domain(text: &str) -> Result<String, String> {
    let host = url::Host::parse(&text.to_lowercase()).ok().filter(|host| matches!(host, url::Host::Domain(_)));
    host.map(|host| host.to_string()).ok_or_else(|| format!("`{}` is not a domain", shown(text)))
}

fn shown(text: &str) -> String {
    text.chars().take(80).collect()
}

/// When a grant ends: a date (the end of that day, UTC), an instant of RFC 3339, or seconds since 1970.
///
/// # Errors
/// It is none of these.
pub fn expiry(value: &Value) -> Result<Option<Timestamp>, String> {
    let wrong = || "is a date such as 2030-12-31, an RFC 3339 instant, or seconds since 1970".to_owned();
    match value {
        Value::Null => Ok(None),
        Value::Number(seconds) => {
            let micros = seconds.as_i64().and_then(|s| s.checked_mul(1_000_000)).filter(|m| *m > 0).ok_or_else(wrong)?;
            Ok(Some(Timestamp::from_micros(micros)))
        }
        Value::String(text) if text.trim().len() == 10 => {
            let end = format!("{}T23:59:59.999999Z", text.trim());
            Timestamp::parse(&end).map(Some).map_err(|_| wrong())
        }
        Value::String(text) => Timestamp::parse(text.trim()).map(Some).map_err(|_| wrong()),
        _ => Err(wrong()),
    }
}

/// How many people may take a grant up.
///
/// # Errors
/// It is not a whole number from 1.
pub fn places(value: &Value) -> Result<Option<i64>, String> {
    match value {
        Value::Null => Ok(None),
        value => value.as_i64().filter(|n| (1..=limits::MAX_INSTALLS).contains(n)).map(Some).ok_or_else(|| format!("is a whole number from 1 to {}", limits::MAX_INSTALLS)),
    }
}

/// What an answer shows of a grant's value.
pub fn public(kind: GrantKind, value: &str, hint: Option<&str>) -> Value {
    if kind == GrantKind::AccessCode { json!(hint.unwrap_or("••••")) } else { json!(value) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn read(kind: &str, value: &str) -> Result<(GrantKind, String), String> {
        named(kind, Some(value), false).map(|n| (n.kind, n.value))
    }

    #[test]
    fn values_are_normalised() {
        let user = UserId::generate();
        let tenant = TenantId::generate();
        assert_eq!(read("user", user.as_str()), Ok((GrantKind::User, user.to_string())));
        assert_eq!(read("user", " Alice@Example.COM "), Ok((GrantKind::Email, "alice@example.com".to_owned())));
        assert_eq!(read("email", "a+b@bücher.example"), Ok((GrantKind::Email, "a+b@xn--bcher-kva.example".to_owned())));
        assert_eq!(read("email_domain", "@ACME.com"), Ok((GrantKind::EmailDomain, "acme.com".to_owned())));
        assert_eq!(read("organization", tenant.as_str()), Ok((GrantKind::Organization, tenant.to_string())));
        assert_eq!(read("access_code", " premium2024 "), Ok((GrantKind::AccessCode, "PREMIUM2024".to_owned())));
    }

    #[test]
    fn what_names_nobody_is_refused() {
        for (kind, value) in [("user", "usr_1"), ("email", "nobody"), ("email_domain", "no domain"), ("email_domain", "10.0.0.1"), ("organization", "acme"), ("access_code", "a b c d"), ("access_code", "abc"), ("role", "x")] {
            assert!(read(kind, value).is_err(), "{kind} {value}");
        }
        assert!(read("email_domain", "gmail.com").is_err(), "everybody");
        assert!(named("email_domain", Some("gmail.com"), true).is_ok(), "unless forced");
        assert!(named("email", None, false).is_err());
        assert_eq!(named("access_code", None, false).unwrap().value.len(), limits::GENERATED_CHARS);
    }

    #[test]
    fn ends_are_read_in_three_spellings() {
        let at = |text: &str| Timestamp::parse(text).unwrap();
        assert_eq!(expiry(&json!("2024-12-31")), Ok(Some(at("2024-12-31T23:59:59.999999Z"))));
        assert_eq!(expiry(&json!("2024-12-31T12:00:00+01:00")), Ok(Some(at("2024-12-31T11:00:00Z"))));
        assert_eq!(expiry(&json!(1_735_603_200)), Ok(Some(at("2024-12-31T00:00:00Z"))));
        assert_eq!(expiry(&Value::Null), Ok(None));
        for bad in [json!("2024-13-31"), json!("soon"), json!(-1), json!(1.5), json!([]), json!(i64::MAX)] {
            assert!(expiry(&bad).is_err(), "{bad}");
        }
        assert_eq!(places(&json!(100)), Ok(Some(100)));
        assert!(places(&json!(0)).is_err() && places(&json!("5")).is_err());
    }
}
