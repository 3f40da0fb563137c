//! From a checked delivery to an event.

use serde_json::{Map, Value};

use super::body::Parsed;
use super::headers::single;
use super::verify::instant_ms;
use super::{Event, FetchCall, Incoming, WebhookError};
use crate::json_path;
use crate::schema::{
    DataShape, Delivery, EventName, Fetch, FetchArg, HeaderCut, Source, TimestampSource, Webhook,
};

pub(super) fn read(webhook: &Webhook, request: &Incoming<'_>, parsed: &Parsed) -> Result<Event, WebhookError> {
    let delivery = webhook
        .deliveries
        .iter()
        .find(|delivery| delivery.when.as_ref().is_none_or(|when| parsed.holds(when, request.headers)))
        .ok_or_else(|| WebhookError::Malformed("this is no delivery that the service is known to send".to_owned()))?;
    let provider_event = event_name(&delivery.event, request, parsed)?;
    let event = delivery.event.map.get(&provider_event).unwrap_or(&provider_event).clone();
    Ok(Event {
        delivery_id: delivery_id(delivery, request, parsed)?,
        event,
        provider_event,
        data: data(&delivery.data, &parsed.root),
        timestamp_ms: delivery.time.as_ref().and_then(|source| time(source, request, parsed)),
        fetch: match &delivery.fetch {
            Some(fetch) => fetch_call(fetch, request, parsed)?,
            None => None,
        },
    })
}

fn event_name(name: &EventName, request: &Incoming<'_>, parsed: &Parsed) -> Result<String, WebhookError> {
    let mut parts = Vec::new();
    for source in &name.join {
        parts.extend(look_up(source, request, parsed)?);
    }
    if parts.is_empty() {
        for source in &name.first_of {
            if let Some(text) = look_up(source, request, parsed)? {
                parts.push(text);
                break;
            }
        }
    }
    if !parts.is_empty() {
        return Ok(parts.join("."));
    }
    name.default.clone().ok_or_else(|| WebhookError::Malformed("the delivery does not name its event".to_owned()))
}

fn delivery_id(
    delivery: &Delivery,
    request: &Incoming<'_>,
    parsed: &Parsed,
) -> Result<Option<String>, WebhookError> {
    for source in &delivery.id {
        if let Some(id) = look_up(source, request, parsed)? {
            return Ok(Some(id));
        }
    }
    let mut parts = Vec::new();
    for source in &delivery.id_join {
        match look_up(source, request, parsed)? {
            Some(part) => parts.push(part),
            None => return Ok(None),
        }
    }
    Ok((!parts.is_empty()).then(|| parts.join(":")))
}

fn look_up(source: &Source, request: &Incoming<'_>, parsed: &Parsed) -> Result<Option<String>, WebhookError> {
    let found = if let Some(name) = &source.header {
        single(request.headers, name)?.map(str::to_owned)
    } else if let Some(path) = &source.path {
        json_path::text(&parsed.root, path)
    } else {
        source.text.clone()
    };
    Ok(found.filter(|text| !text.is_empty()))
}

fn time(source: &TimestampSource, request: &Incoming<'_>, parsed: &Parsed) -> Option<i64> {
    if let Some(path) = &source.path {
        return instant_ms(json_path::get_some(&parsed.root, path)?, source.unit);
    }
    let header = source.header.as_ref()?;
    let text = single(request.headers, header).ok()??;
    instant_ms(&Value::String(text.to_owned()), source.unit)
}

/// `trigger.data`: the body, a part of it, or objects merged. It is never absent.
fn data(shape: &DataShape, root: &Value) -> Value {
    let mut data = if shape.merge.is_empty() {
        json_path::get_some(root, shape.path.as_deref().unwrap_or_default()).cloned().unwrap_or_else(empty)
    } else {
        let mut merged = Map::new();
        for path in &shape.merge {
            if let Some(Value::Object(members)) = json_path::get(root, path) {
                merged.extend(members.clone());
            }
        }
        Value::Object(merged)
    };
    if let Value::Object(members) = &mut data {
        for (name, path) in &shape.set {
            if let Some(value) = json_path::get(root, path) {
                members.insert(name.clone(), value.clone());
            }
        }
    }
    data
}

fn empty() -> Value {
    Value::Object(Map::new())
}

fn fetch_call(fetch: &Fetch, request: &Incoming<'_>, parsed: &Parsed) -> Result<Option<FetchCall>, WebhookError> {
    if !fetch.when.as_ref().is_none_or(|when| parsed.holds(when, request.headers)) {
        return Ok(None);
    }
    let mut options = Map::new();
    for (name, source) in &fetch.args {
        let value = match source {
            FetchArg::Path(path) => json_path::get_some(&parsed.root, path).cloned(),
            FetchArg::Cut(cut) => cut_of(cut, request)?.map(Value::String),
        };
        let Some(value) = value else { return Ok(None) };
        options.insert(name.clone(), value);
    }
    Ok(Some(FetchCall { operation: fetch.operation.clone(), args: vec![Value::Object(options)] }))
}

/// The part of a header between two texts; nothing when the first does not occur or nothing stands between them.
fn cut_of(cut: &HeaderCut, request: &Incoming<'_>) -> Result<Option<String>, WebhookError> {
    let Some(text) = single(request.headers, &cut.header)? else { return Ok(None) };
    let Some((_, rest)) = text.split_once(cut.after.as_str()) else { return Ok(None) };
    let part = rest.split_once(cut.until.as_str()).map_or(rest, |(part, _)| part);
    Ok((!part.is_empty()).then(|| part.to_owned()))
}
