//! Did the provider do what was asked? Status and body, by the rules of the connector file.

use millrace_egress::Response;
use serde_json::Value;

use super::failure::{Failure, Outcome, excerpt};
use super::parse::{Parsed, retry_after};
use crate::error::ErrorCode;
use crate::json_path;
use crate::schema::{Connector, ErrorRule, Operation};

/// The failure that an answer means, or nothing when it is a success.
pub(crate) fn judge(
    connector: &Connector,
    operation: &Operation,
    response: &Response,
    parsed: &Parsed,
    now_ms: i64,
) -> Option<Failure> {
    let status = response.status;
    if operation.null_on.contains(&status) {
        return None;
    }
    let (mut failure, is_final) = match by_rule(connector, response, parsed.value()) {
        Some(found) => found,
        None => (by_status(connector, response, parsed).or_else(|| by_body(operation, response, parsed))?, false),
    };
    failure.status = Some(status);
    failure.retry_after = retry_after(&response.headers, now_ms);
    // A provider that refuses to work, or refuses us, did nothing; one that broke may have.
    failure.outcome = match failure.code {
        ErrorCode::ProviderDown | ErrorCode::Timeout => Outcome::MaybeDone,
        _ => Outcome::NotDone,
    };
    let may_pass = matches!(failure.code, ErrorCode::RateLimited | ErrorCode::ProviderDown | ErrorCode::Timeout);
    failure.passing = may_pass && !is_final;
    Some(failure)
}

/// The failure that a rule names, and whether it says that asking again cannot help.
fn by_rule(connector: &Connector, response: &Response, body: &Value) -> Option<(Failure, bool)> {
    connector.errors.rules.iter().find_map(|rule| Some((apply(connector, rule, response, body)?, rule.is_final)))
}

fn apply(connector: &Connector, rule: &ErrorRule, response: &Response, body: &Value) -> Option<Failure> {
    if !rule.status.is_empty() && !rule.status.contains(&response.status) {
        return None;
    }
    let holds = |(name, wanted): (&String, &String)| {
        response.headers.get(name).is_some_and(|value| value.as_bytes() == wanted.as_bytes())
    };
    if !rule.headers.iter().all(holds) {
        return None;
    }
    if let Some(path) = &rule.path {
        let value = json_path::get_some(body, path)?;
        if rule.equals.as_ref().is_some_and(|wanted| wanted != value) {
            return None;
        }
    }
    let provider_code = rule.code.as_ref().and_then(|path| json_path::text(body, path));
    let mapped = provider_code.as_ref().and_then(|code| rule.map.get(code)).copied();
    let code = mapped.or(rule.otherwise)?;
    let shown = provider_code.clone().unwrap_or_else(|| "unknown error".to_owned());
    let message = match &rule.message {
        Some(template) => template.replace("{code}", &excerpt(&shown)),
        None => provider_text(connector, body).unwrap_or(shown),
    };
    let mut failure = Failure::new(code, message);
    failure.provider_code = provider_code;
    Some(failure)
}

fn by_status(connector: &Connector, response: &Response, parsed: &Parsed) -> Option<Failure> {
    let status = response.status;
    if (200..300).contains(&status) {
        return None;
    }
    let code = connector.errors.status.get(&status).copied().unwrap_or_else(|| ErrorCode::from_status(status));
    let body = parsed.value();
    let detail = match (provider_text(connector, body), parsed) {
        (Some(text), _) => text,
        (None, Parsed::Other(what)) => what.clone(),
        (None, _) => response.status_text.clone(),
    };
    let named = format!("{} answered {status}", connector.title);
    let message = if detail.is_empty() { named } else { format!("{named}: {detail}") };
    let mut failure = Failure::new(code, message);
    failure.provider_code = connector.errors.code.iter().find_map(|path| json_path::text(body, path));
    Some(failure)
}

/// A success whose body is not what was promised.
fn by_body(operation: &Operation, response: &Response, parsed: &Parsed) -> Option<Failure> {
    match parsed {
        _ if operation.result.text => None,
        Parsed::Json(_) => None,
        Parsed::Other(what) => Some(Failure::new(
            ErrorCode::ProviderDown,
            format!("answered {} with {what}", response.status),
        )),
        Parsed::Empty if operation.result.empty.is_some() => None,
        Parsed::Empty => {
            Some(Failure::new(ErrorCode::ApiError, format!("answered {} with an empty body", response.status)))
        }
    }
}

fn provider_text(connector: &Connector, body: &Value) -> Option<String> {
    connector.errors.message.iter().find_map(|path| json_path::text(body, path)).map(|text| excerpt(&text))
}
