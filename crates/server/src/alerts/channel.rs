//! Where an alert is told: mails need no address, webhooks have one that is sealed and never shown again.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use millrace_ids::{AlertChannelId, AlertId, TenantId};
use serde::{Deserialize, Serialize};
use url::Url;
use zeroize::Zeroizing;

use super::limits::URL_CHARS;
use super::model::{Channel, Kind};
use crate::app::Parts;

/// The kind of a sealed address's place.
const SEALED_AS: &str = "alert.channel";
/// Where Slack's incoming webhooks are.
const SLACK: [&str; 2] = ["hooks.slack.com", "hooks.slack-gov.com"];
/// How signing secrets begin (Standard Webhooks).
pub(super) const SECRET: &str = "whsec_";

/// What is sealed of a channel.
#[derive(Serialize, Deserialize)]
pub(super) struct Address {
    pub(super) url: Zeroizing<String>,
    /// With which its requests are signed; Slack's are not.
    pub(super) secret: Option<Zeroizing<String>>,
}

/// A channel that is to be made, and the signing secret that is shown this once.
pub(super) struct Made {
    pub(super) channel: Channel,
    pub(super) secret: Option<Zeroizing<String>>,
}

/// Checks an address; says what is wrong with it.
pub(super) fn check(kind: Kind, url: Option<&str>) -> Result<Option<Url>, &'static str> {
    let url = match (kind, url) {
        (Kind::Email, None) => return Ok(None),
        (Kind::Email, Some(_)) => return Err("mails go to those who run the workspace; leave it out"),
        (_, None) => return Err("is missing"),
        (_, Some(url)) => url,
    };
    if url.len() > URL_CHARS {
        return Err("has more than 2,000 characters");
    }
    let read = Url::parse(url).ok().filter(|url| url.scheme() == "https" && url.has_host() && url.username().is_empty() && url.password().is_none());
    let Some(read) = read else { return Err("must be an https address without user and password") };
    if kind == Kind::Slack && !read.host_str().is_some_and(|host| SLACK.contains(&host)) {
        return Err("must be an incoming webhook of Slack, `https://hooks.slack.com/services/…`");
    }
    Ok(Some(read))
}

/// A new channel of a rule.
pub(super) fn make(parts: &Parts, tenant: &TenantId, rule: &AlertId, kind: Kind, url: Option<Url>) -> Made {
    let id = AlertChannelId::generate();
    let secret = (kind == Kind::Webhook).then(|| Zeroizing::new(format!("{SECRET}{}", STANDARD.encode(rand::random::<[u8; 24]>()))));
    let host = url.as_ref().and_then(Url::host_str).map(str::to_owned);
    let sealed = url.and_then(|url| {
        let address = Address { url: Zeroizing::new(url.into()), secret: secret.clone() };
        let text = Zeroizing::new(serde_json::to_vec(&address).ok()?);
        Some(parts.keyring.seal(tenant, SEALED_AS, id.as_str(), &text))
    });
    Made { channel: Channel { id, rule: rule.clone(), kind, host, sealed, delivered_at: None, error: None }, secret }
}

/// Its address; says why not.
pub(super) fn open(parts: &Parts, tenant: &TenantId, id: &AlertChannelId, sealed: &str) -> Result<Address, String> {
    let text = parts.keyring.open(tenant, SEALED_AS, id.as_str(), sealed).map_err(|e| e.to_string())?;
    serde_json::from_slice(&text).map_err(|_| "its address is of another release".to_owned())
}
