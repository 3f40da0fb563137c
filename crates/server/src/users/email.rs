//! E-mail addresses as they are kept: trimmed, lower case, of the shape that RFC 5321 allows in practice.

use std::fmt;
use std::str::FromStr;

use crate::http::ApiError;

/// The longest address that mail can carry (RFC 5321, erratum 1690).
const LONGEST: usize = 254;
const LONGEST_LOCAL: usize = 64;

/// An e-mail address. Two that differ only in case are the same person.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct EmailAddress(String);

/// Text that cannot be an e-mail address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an e-mail address: one looks like name@example.com")]
pub struct InvalidEmail;

impl EmailAddress {
    /// The address as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands before the `@`.
    pub fn local_part(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(local, _)| local)
    }

    /// What stands after the `@`.
    pub fn domain(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, domain)| domain)
    }

    /// Enough of it to be recognised by its owner: `a…@example.com`.
    pub fn masked(&self) -> String {
        format!("{}…@{}", self.local_part().chars().next().unwrap_or('?'), self.domain())
    }

    /// Takes text that the store itself wrote; it is not checked again.
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }
}

impl FromStr for EmailAddress {
    type Err = InvalidEmail;

    fn from_str(text: &str) -> Result<Self, InvalidEmail> {
        let text = text.trim().to_ascii_lowercase();
        let (local, domain) = text.rsplit_once('@').ok_or(InvalidEmail)?;
        let whole = text.len() <= LONGEST && !local.is_empty() && local.len() <= LONGEST_LOCAL;
        if whole && is_local(local) && is_domain(domain) { Ok(Self(text)) } else { Err(InvalidEmail) }
    }
}

/// A dot-atom of ASCII; quoted local parts exist on paper only.
fn is_local(local: &str) -> bool {
    let atom = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+/=?^_`{|}~-.".contains(&b);
    local.bytes().all(atom) && !local.starts_with('.') && !local.ends_with('.') && !local.contains("..")
}

/// Two labels or more.
fn is_domain(domain: &str) -> bool {
    let label = |l: &str| !l.is_empty() && l.len() <= 63 && !l.starts_with('-') && !l.ends_with('-') && l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    domain.contains('.') && domain.split('.').all(label) && !domain.rsplit('.').next().unwrap_or_default().bytes().all(|b| b.is_ascii_digit())
}

/// 400: a field that should hold an address does not.
pub fn invalid_email(_: InvalidEmail) -> ApiError {
    ApiError::invalid("INVALID_EMAIL", "This is not an e-mail address.").with_field("email", "INVALID_EMAIL", "one looks like name@example.com")
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Addresses are personal: a log line shows them masked.
impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn addresses_are_lower_case_and_shown_masked() {
        let address: EmailAddress = "  Ada.Lovelace+x@Example.COM ".parse().unwrap();
        assert_eq!(address.as_str(), "ada.lovelace+x@example.com");
        assert_eq!((address.local_part(), address.domain()), ("ada.lovelace+x", "example.com"));
        assert_eq!(format!("{address:?}"), "a…@example.com");
    }

    #[test]
    fn what_is_none_is_refused() {
        let long = format!("a@{}.com", "b".repeat(250));
        for bad in ["", "@", "a@", "@b.c", "a@b", "a b@c.de", "a@b..de", ".a@b.de", "a.@b.de", "a..b@c.de", "a@-b.de", "a@b.de-", "ä@b.de", "a@b.de\r\nbcc: x@y.z", "a@127.0.0.1", "a@b@c@", "<a@b.de>", &long] {
            assert_eq!(bad.parse::<EmailAddress>(), Err(InvalidEmail), "{bad}");
        }
    }
}
