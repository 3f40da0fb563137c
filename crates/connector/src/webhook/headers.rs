//! Headers that decide something may occur once.

use http::HeaderMap;

use super::WebhookError;

/// The header's text; repeated or unreadable headers are refused, because two readers could disagree about them.
pub(super) fn single<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<&'a str>, WebhookError> {
    let mut values = headers.get_all(name).iter();
    let Some(first) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(WebhookError::Malformed(format!("the {name} header occurs more than once")));
    }
    let text = first.to_str().map_err(|_| WebhookError::Malformed(format!("the {name} header is not plain text")))?;
    Ok(Some(text.trim()))
}
