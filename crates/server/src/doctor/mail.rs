//! The mail server: whether it lets us in.

use super::limits::MAIL;
use super::{Level, Report};
use crate::config::Config;
use crate::mail::Smtp;

pub(super) async fn examine(config: &Config, report: &mut Report) {
    const FIX: &str = "Check MILLRACE_MAIL_URL, MILLRACE_MAIL_TLS, user and password, and that this machine may connect there; docs/mail.md.";
    let Some(mail) = &config.mail else {
        // With --production this is a warning of the configuration already.
        return report.add("mail", Level::Note, "MILLRACE_MAIL_URL is not set: mails stay in the outbox", "Set it before people sign up, reset passwords or are invited.");
    };
    let place = format!("{}:{}", mail.host, mail.port);
    match Smtp::new(config) {
        Ok(Some(smtp)) => match smtp.try_out(MAIL).await {
            Ok(()) => report.good("mail", format!("{place} takes mails from {}", mail.from.email)),
            Err(error) => report.add("mail", Level::Failure, format!("{place}: {error}"), FIX),
        },
        Ok(None) => {}
        Err(error) => report.add("mail", Level::Failure, error, FIX),
    }
}
