//! Handing a mail over to the configured server.

use std::time::{Duration, UNIX_EPOCH};

use lettre::address::AddressError;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::transport::smtp::response::{Category, Severity};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};
use millrace_clock::Timestamp;
use millrace_ids::MailId;

use super::layout::Rendered;
use super::limits::ATTEMPT;
use crate::config::{Config, MailConfig, MailTls};

/// The configured server. Each mail has a connection of its own: there are few, and none is lost to one that went stale.
pub(crate) struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

/// Why a mail was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refused {
    /// Another attempt may succeed: the server is away, busy, or does not let us in.
    ForNow(String),
    /// The server will never take this mail.
    ForGood(String),
}

/// The certificates that are trusted, and how the connection is protected.
fn tls(config: &Config, mail: &MailConfig) -> Result<Tls, String> {
    if mail.tls == MailTls::None {
        return Ok(Tls::None);
    }
    let mut parameters = TlsParameters::builder(mail.host.clone());
    if let Some(path) = &config.outgoing.extra_ca {
        let said = |e: &dyn std::fmt::Display| format!("MILLRACE_EXTRA_CA: {}: {e}", path.display());
        let pem = std::fs::read(path).map_err(|e| said(&e))?;
        for block in pem_blocks(&pem) {
            parameters = parameters.add_root_certificate(Certificate::from_pem(block).map_err(|e| said(&e))?);
        }
    }
    let parameters = parameters.build().map_err(|e| e.to_string())?;
    Ok(if mail.tls == MailTls::Tls { Tls::Wrapper(parameters) } else { Tls::Required(parameters) })
}

/// A file may hold several certificates.
fn pem_blocks(pem: &[u8]) -> Vec<&[u8]> {
    const END: &[u8] = b"-----END CERTIFICATE-----";
    let mut blocks = Vec::new();
    let mut rest = pem;
    while let Some(at) = rest.windows(END.len()).position(|w| w == END) {
        let (block, after) = rest.split_at(at + END.len());
        blocks.push(block);
        rest = after;
    }
    blocks
}

impl Smtp {
    /// The server that this configuration names; nothing when it names none.
    ///
    /// # Errors
    /// Certificates cannot be read.
    pub fn new(config: &Config) -> Result<Option<Self>, String> {
        let Some(mail) = &config.mail else { return Ok(None) };
        let builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&mail.host).port(mail.port).timeout(Some(mail.timeout)).tls(tls(config, mail)?);
        let builder = match &mail.sign_in {
            Some((user, password)) => builder.credentials(Credentials::new(user.clone(), password.expose().to_owned())),
            None => builder,
        };
        Ok(Some(Self { transport: builder.build(), from: mail.from.clone() }))
    }

    /// Whether the server lets us in.
    ///
    /// # Errors
    /// What it said.
    pub async fn try_out(&self, limit: Duration) -> Result<(), String> {
        match tokio::time::timeout(limit, self.transport.test_connection()).await {
            Ok(Ok(true)) => Ok(()),
            Ok(Ok(false)) => Err("the server answers, but not as it should".to_owned()),
            Ok(Err(error)) => Err(told(&error)),
            Err(_) => Err(format!("no answer within {} s", limit.as_secs())),
        }
    }

    /// Hands a mail over. The same mail has the same `Message-ID` in each attempt, so that a receiver can tell a repetition.
    pub(super) async fn send(&self, id: &MailId, to: &str, mail: Rendered, written_at: Timestamp) -> Result<(), Refused> {
        let message = self.message(id, to, mail, written_at).map_err(Refused::ForGood)?;
        match tokio::time::timeout(ATTEMPT, self.transport.send(message)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) if is_final(&error) => Err(Refused::ForGood(told(&error))),
            Ok(Err(error)) => Err(Refused::ForNow(told(&error))),
            Err(_) => Err(Refused::ForNow(format!("not taken within {} s", ATTEMPT.as_secs()))),
        }
    }

    fn message(&self, id: &MailId, to: &str, mail: Rendered, written_at: Timestamp) -> Result<Message, String> {
        let to: Address = to.parse().map_err(|e: AddressError| format!("not an address: {e}"))?;
        let written = UNIX_EPOCH + Duration::from_micros(u64::try_from(written_at.micros()).unwrap_or(0));
        let automatic = HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned());
        Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(mail.subject)
            .date(written)
            .message_id(Some(format!("<{id}@{}>", self.from.email.domain())))
            .raw_header(automatic)
            .multipart(MultiPart::alternative_plain_html(mail.text, mail.html))
            .map_err(|e| e.to_string())
    }
}

/// Refusals of the mail itself. That the server wants another password, or does not serve us today, is not the mail's fault.
fn is_final(error: &SmtpError) -> bool {
    let about_the_mail = |category| matches!(category, Category::Syntax | Category::MailSystem);
    error.status().is_some_and(|code| code.severity == Severity::PermanentNegativeCompletion && about_the_mail(code.category))
}

/// An error with its sources, in one line.
fn told(error: &SmtpError) -> String {
    let mut text = error.to_string();
    let mut at = std::error::Error::source(error);
    while let Some(source) = at {
        let more = source.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        at = source.source();
    }
    text
}
