//! Which server takes our mails.

use std::fmt;
use std::time::Duration;

use lettre::message::Mailbox;
use url::{Host, Url};
use zeroize::Zeroizing;

use super::reader::Reader;

/// How the connection to the mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailTls {
    /// From the first byte on.
    Tls,
    /// By `STARTTLS`, which the server must offer.
    StartTls,
    /// Not at all.
    None,
}

/// The password for the mail server. Never shown by `Debug`.
#[derive(Clone)]
pub struct MailPassword(Zeroizing<String>);

impl MailPassword {
    /// The password, for the server.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for MailPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MailPassword(…)")
    }
}

/// Which server takes our mails.
#[derive(Debug, Clone)]
pub struct MailConfig {
    /// Its name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub tls: MailTls,
    /// Who signs in there, if anybody.
    pub sign_in: Option<(String, MailPassword)>,
    /// Who the mails are from: name and address.
    pub from: Mailbox,
    /// How long connecting and each answer may take.
    pub timeout: Duration,
}

impl MailConfig {
    /// Nothing when no server is named.
    pub(super) fn read(read: &mut Reader<'_>) -> Option<Self> {
        let Some(text) = read.text("MILLRACE_MAIL_URL") else {
            for name in ["MILLRACE_MAIL_FROM", "MILLRACE_MAIL_USER", "MILLRACE_MAIL_PASSWORD", "MILLRACE_MAIL_PASSWORD_FILE", "MILLRACE_MAIL_TLS"] {
                if read.text(name).is_some() {
                    read.refuse(name, "has no use without MILLRACE_MAIL_URL");
                }
            }
            return None;
        };
        let Some(url) = server(&text) else {
            // The text may hold a password: it is not repeated.
            read.refuse("MILLRACE_MAIL_URL", "must be the mail server's address, such as smtp://mail.example.com:587 or smtps://mail.example.com");
            return None;
        };
        let tls = tls(read, &url);
        let usual = match tls {
            MailTls::Tls => 465,
            MailTls::StartTls => 587,
            MailTls::None => 25,
        };
        let sign_in = sign_in(read, &url);
        let seconds = read.number("MILLRACE_MAIL_TIMEOUT_S", 30, 1..=60);
        let from = from(read)?;
        let host = url.host().map(|h| match h {
            Host::Ipv6(address) => address.to_string(),
            other => other.to_string(),
        })?;
        Some(Self { host, port: url.port().unwrap_or(usual), tls, sign_in, from, timeout: Duration::from_secs(seconds) })
    }

    /// Whether what is said to the server can be read on the way.
    pub fn is_open(&self) -> bool {
        let near = self.host == "localhost" || self.host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback());
        self.tls == MailTls::None && !near
    }
}

fn server(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let plain = matches!(url.path(), "" | "/") && url.query().is_none() && url.fragment().is_none();
    (matches!(url.scheme(), "smtp" | "smtps") && url.host_str().is_some_and(|h| !h.is_empty()) && plain).then_some(url)
}

fn tls(read: &mut Reader<'_>, url: &Url) -> MailTls {
    match (url.scheme(), read.text("MILLRACE_MAIL_TLS").as_deref()) {
        ("smtps", None | Some("tls")) | ("smtp", Some("tls")) => MailTls::Tls,
        ("smtp", None | Some("starttls")) => MailTls::StartTls,
        ("smtp", Some("none")) => MailTls::None,
        _ => {
            read.refuse("MILLRACE_MAIL_TLS", "must be `starttls` (the default of smtp://), `tls` (smtps://) or `none`");
            MailTls::StartTls
        }
    }
}

fn sign_in(read: &mut Reader<'_>, url: &Url) -> Option<(String, MailPassword)> {
    let decoded = |text: &str| percent_decoded(text).filter(|text| !text.is_empty());
    let user = read.text("MILLRACE_MAIL_USER").or_else(|| decoded(url.username()));
    let given = [read.text("MILLRACE_MAIL_PASSWORD"), from_file(read), url.password().and_then(decoded)];
    if given.iter().flatten().count() > 1 {
        read.refuse("MILLRACE_MAIL_PASSWORD", "is given more than once: keep one of MILLRACE_MAIL_PASSWORD, MILLRACE_MAIL_PASSWORD_FILE and the address");
    }
    match (user, given.into_iter().flatten().next()) {
        (Some(user), Some(password)) => Some((user, MailPassword(Zeroizing::new(password)))),
        (None, None) => None,
        (Some(_), None) => {
            read.refuse("MILLRACE_MAIL_PASSWORD", "is missing: a user signs in with one");
            None
        }
        (None, Some(_)) => {
            read.refuse("MILLRACE_MAIL_USER", "is missing: a password belongs to one");
            None
        }
    }
}

fn from_file(read: &mut Reader<'_>) -> Option<String> {
    let path = read.text("MILLRACE_MAIL_PASSWORD_FILE")?;
    match std::fs::read_to_string(&path) {
        Ok(text) if !text.trim().is_empty() => Some(text.trim_end_matches(['\r', '\n']).to_owned()),
        Ok(_) => {
            read.refuse("MILLRACE_MAIL_PASSWORD_FILE", format!("{path} is empty"));
            None
        }
        Err(error) => {
            read.refuse("MILLRACE_MAIL_PASSWORD_FILE", format!("{path}: {error}"));
            None
        }
    }
}

fn from(read: &mut Reader<'_>) -> Option<Mailbox> {
    let Some(text) = read.text("MILLRACE_MAIL_FROM") else {
        read.refuse("MILLRACE_MAIL_FROM", "must be set with MILLRACE_MAIL_URL: the sender of mails, such as `Millrace <no-reply@example.com>`");
        return None;
    };
    let mailbox = text.parse::<Mailbox>().ok();
    if mailbox.is_none() {
        read.refuse("MILLRACE_MAIL_FROM", "is not a sender; write for example `Millrace <no-reply@example.com>`");
    }
    mailbox
}

/// User and password stand percent-encoded in an address.
fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        if first == b'%' {
            bytes.extend(hex::decode(after.get(..2)?).ok()?);
            rest = &after[2..];
        } else {
            bytes.push(first);
            rest = after;
        }
    }
    String::from_utf8(bytes).ok()
}
