//! Rules of webhook sections.

use super::{Broken, broken, header_name};
use crate::schema::{
    Connector, Delivery, EventName, FetchArg, Scheme, SignatureFormat, Source, TimestampSource, Webhook, When,
};
use crate::template::Template;

pub(super) fn check_webhook(connector: &Connector, webhook: &Webhook) -> Result<(), Broken> {
    check_webhook_alone(webhook)?;
    for (i, delivery) in webhook.deliveries.iter().enumerate() {
        if let Some(fetch) = &delivery.fetch
            && !connector.operations.contains_key(&fetch.operation)
        {
            return broken(
                format!("webhook.deliveries.{i}.fetch.operation"),
                format!("there is no operation `{}`", fetch.operation),
            );
        }
    }
    Ok(())
}

/// The rules of a webhook section on its own; also used for path hooks, which belong to no connector.
pub(crate) fn check_webhook_alone(webhook: &Webhook) -> Result<(), Broken> {
    if webhook.verify.is_empty() {
        return broken("webhook.verify", "a webhook needs a signature scheme; leaving it out is the installation's choice");
    }
    for (i, scheme) in webhook.verify.iter().enumerate() {
        check_scheme(&format!("webhook.verify.{i}"), scheme)?;
    }
    for (i, handshake) in webhook.handshakes.iter().enumerate() {
        let at = format!("webhook.handshakes.{i}");
        check_when(&at, Some(&handshake.when))?;
        if !handshake.reply.json.is_empty() && handshake.reply.text.is_some() {
            return broken(at, "a reply is `json` or `text`, not both");
        }
        for member in handshake.reply.json.values().chain(&handshake.reply.text) {
            if member.echo.is_some() == member.hmac_sha256_hex.is_some() {
                return broken(at, "a reply member is either `echo` or `hmac_sha256_hex`");
            }
        }
    }
    if webhook.deliveries.is_empty() {
        return broken("webhook.deliveries", "say how a delivery is read");
    }
    for (i, delivery) in webhook.deliveries.iter().enumerate() {
        check_delivery(&format!("webhook.deliveries.{i}"), delivery)?;
    }
    Ok(())
}

fn check_scheme(path: &str, scheme: &Scheme) -> Result<(), Broken> {
    header_name(&format!("{path}.header"), &scheme.header)?;
    if scheme.format == SignatureFormat::Token {
        let plain = scheme.signed.is_empty() && scheme.timestamp.is_none() && scheme.prefix.is_empty();
        return if plain { Ok(()) } else { broken(path, "a `token` is the secret itself: it signs nothing") };
    }
    let template = Template::parse(&scheme.signed).map_err(|e| (format!("{path}.signed"), e))?;
    let mut has_body = false;
    for name in template.names() {
        match name {
            "body" => has_body = true,
            "timestamp" if scheme.timestamp.as_ref().is_some_and(|t| t.path.is_none()) => {}
            "timestamp" => return broken(format!("{path}.signed"), "`{timestamp}` needs a `timestamp` outside the body"),
            other => match other.strip_prefix("header.") {
                Some(header) => header_name(&format!("{path}.signed"), header)?,
                None => return broken(format!("{path}.signed"), format!("`{{{other}}}` is not known here")),
            },
        }
    }
    if !has_body {
        return broken(format!("{path}.signed"), "the signed string must contain `{body}`");
    }
    if scheme.format == SignatureFormat::Pairs && scheme.signature_key.is_empty() {
        return broken(path, "`pairs` needs `signature_key`");
    }
    if scheme.timestamp.is_some() != scheme.tolerance_s.is_some() {
        return broken(path, "`timestamp` and `tolerance_s` go together");
    }
    match &scheme.timestamp {
        Some(source) => check_time(&format!("{path}.timestamp"), source),
        None => Ok(()),
    }
}

fn check_time(path: &str, source: &TimestampSource) -> Result<(), Broken> {
    let given = [&source.header, &source.key, &source.path].into_iter().filter(|part| part.is_some()).count();
    if given == 1 { Ok(()) } else { broken(path, "give exactly one of `header`, `key`, `path`") }
}

fn check_delivery(path: &str, delivery: &Delivery) -> Result<(), Broken> {
    let EventName { join, first_of, default, .. } = &delivery.event;
    if join.is_empty() && first_of.is_empty() && default.is_none() {
        return broken(format!("{path}.event"), "say where the event's name stands");
    }
    check_when(path, delivery.when.as_ref())?;
    for source in join.iter().chain(first_of).chain(&delivery.id).chain(&delivery.id_join) {
        check_source(path, source)?;
    }
    if let Some(fetch) = &delivery.fetch {
        check_when(&format!("{path}.fetch"), fetch.when.as_ref())?;
        for (name, arg) in &fetch.args {
            let FetchArg::Cut(cut) = arg else { continue };
            let at = format!("{path}.fetch.args.{name}");
            header_name(&at, &cut.header)?;
            if cut.after.is_empty() || cut.until.is_empty() {
                return broken(at, "`after` and `until` are texts that stand in the header");
            }
        }
    }
    match &delivery.time {
        Some(time) => check_time(&format!("{path}.time"), time),
        None => Ok(()),
    }
}

fn check_when(path: &str, when: Option<&When>) -> Result<(), Broken> {
    let Some(name) = when.and_then(|when| when.header.as_ref()) else { return Ok(()) };
    header_name(&format!("{path}.when.header"), name)?;
    let both = when.is_some_and(|when| when.path.is_some());
    if both { broken(format!("{path}.when"), "a condition looks at `path` or at `header`, not both") } else { Ok(()) }
}

fn check_source(path: &str, source: &Source) -> Result<(), Broken> {
    let given = [&source.header, &source.text, &source.path].into_iter().filter(|part| part.is_some()).count();
    if given == 1 { Ok(()) } else { broken(path, "a source is exactly one of `path`, `header`, `text`") }
}
