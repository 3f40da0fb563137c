//! Pickers: the databases, channels, calendars of a connected account to choose from, best fitting first.
//!
//! Which operation lists a service's things, and where their ids and names stand, the connector file says (`pickers:`).

use std::collections::BTreeSet;
use std::time::Duration;

use axum::extract::State;
use http::StatusCode;
use millrace_connector::{ActionError, ErrorCode, OperationCall, Picker};
use millrace_ids::{ConnectionId, InstallationId, TenantId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::service::get;
use crate::app::{App, Parts};
use crate::connections::service as connections;
use crate::http::{ApiError, Json, Path, Problem, Query};
use crate::identity::{May, need};
use crate::workflows::definition::Definition;
use crate::workflows::field::Field;

/// How long a person waits for a list to choose from.
const BUDGET: Duration = Duration::from_secs(15);
/// Candidates that one answer shows.
const SHOWN: usize = 50;
/// What a name adds that holds everything that was looked for, or some of it.
const STRONG: f64 = 0.3;
/// See [`STRONG`].
const MODERATE: f64 = 0.15;
/// Words shorter than this are in every name.
const WORD: usize = 3;

/// The routes of this file.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(pick))
}

/// What to look for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct PickQuery {
    /// What was typed so far.
    #[serde(default)]
    q: String,
}

/// How well a candidate fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = PickTier)]
enum Tier {
    /// From 0.7.
    Excellent,
    /// From 0.5.
    Good,
    /// From 0.3.
    Fair,
    /// Less.
    Poor,
}

/// A thing to choose.
#[derive(Debug, Clone, Serialize, ToSchema)]
struct Candidate {
    /// What the input takes.
    id: String,
    /// What people know it by.
    name: String,
    /// From 0 to 1.
    score: f64,
    /// The same in a word.
    tier: Tier,
    #[serde(skip)]
    properties: BTreeSet<String>,
}

/// Things to choose from.
#[derive(Debug, Serialize, ToSchema)]
struct PickAnswer {
    /// The input.
    field: String,
    /// The service whose things they are.
    service: String,
    /// What kind of thing.
    kind: String,
    /// Best first; at most fifty.
    data: Vec<Candidate>,
}

/// Offer what an input can be
///
/// Looks through the installation's connection for what a picker input may hold: databases, channels, calendars.
#[utoipa::path(get, path = "/api/installations/{id}/pickers/{field}", tag = "installations", operation_id = "pick",
    params(("id" = String, Path, description = "`inst_…`"), ("field" = String, Path, description = "The input, in either spelling"), PickQuery),
    responses(
        (status = 200, body = PickAnswer),
        (status = 400, description = "`NOT_A_PICKER`", body = Problem),
        (status = 404, body = Problem),
        (status = 409, description = "`CONNECTION_MISSING`; `CREDENTIALS_EXPIRED`: the account must be connected again, the hint says where", body = Problem),
        (status = 502, description = "`PROVIDER_FAILED`: the service did not answer with a list", body = Problem),
    ))]
async fn pick(
    State(app): State<App>,
    caller: May<need::InstallationsRead>,
    Path((id, field)): Path<(InstallationId, String)>,
    Query(query): Query<PickQuery>,
) -> Result<Json<PickAnswer>, ApiError> {
    let shown = get(&app, &caller.tenant, &id).await?;
    let definition = &shown.version.definition;
    let field = definition.field(&field).ok_or_else(|| ApiError::not_found("input"))?;
    let (service, kind) = field.picks().ok_or_else(|| not_a_picker(field))?;
    let declared = definition.integrations.iter().map(|i| i.service.as_str());
    let known = |name: &str| app.registry.get(name).map(|connector| connector.service.as_str());
    let linked = declared.filter(|name| known(name).is_some() && known(name) == known(&service)).find_map(|name| shown.whole.links.get(name));
    let picker = app.registry.get(&service).and_then(|connector| connector.pickers.get(&kind)).ok_or_else(|| not_a_picker(field))?;
    let Some(connection) = linked else {
        let message = format!("connect {service} first");
        return Err(ApiError::conflict("CONNECTION_MISSING", format!("There is no connection to {service} to look through.")).with_field(format!("connections.{service}"), "CONNECTION_MISSING", message));
    };
    let mut found = candidates(&app, &caller.tenant, connection, &service, picker, &query.q).await?;
    let wanted = Wanted::of(definition, field, &query.q);
    for candidate in &mut found {
        candidate.score = score(&candidate.name, &candidate.properties, &wanted);
        candidate.tier = tier(candidate.score);
    }
    found.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.name.cmp(&b.name)));
    found.truncate(SHOWN);
    Ok(Json(PickAnswer { field: field.key.clone(), service, kind, data: found }))
}

fn not_a_picker(field: &Field) -> ApiError {
    ApiError::invalid("NOT_A_PICKER", format!("Nothing is listed for `{}`: it is no picker, or its service has no such list.", field.key)).with_field(&field.key, "NOT_A_PICKER", "type the value")
}

async fn candidates(parts: &Parts, tenant: &TenantId, connection: &ConnectionId, service: &str, picker: &Picker, typed: &str) -> Result<Vec<Candidate>, ApiError> {
    let mut args = picker.args.clone();
    if let Some(name) = picker.query.as_ref().filter(|_| !typed.is_empty()) {
        args.insert(name.clone(), typed.into());
    }
    let account = connections::connection(parts, tenant, connection);
    let asked = OperationCall {
        service,
        operation: &picker.operation,
        args: &[Value::Object(args)],
        connection: &account,
        idempotency_key: "picker",
        correlation_id: "picker",
        at_most_once: false,
        now_ms: parts.clock.now().millis(),
        budget: Some(BUDGET),
        scope: None,
    };
    let answer = parts.connectors.call(asked).await;
    if !answer.success {
        return Err(refused(parts, tenant, connection, service, answer.error).await);
    }
    let items = answer.data.as_array().cloned().unwrap_or_default();
    Ok(items.iter().filter_map(|item| candidate(item, picker)).collect())
}

/// Where the account does not let us in any more, a person must connect it again: the answer says where.
async fn refused(parts: &Parts, tenant: &TenantId, connection: &ConnectionId, service: &str, error: Option<ActionError>) -> ApiError {
    let (code, why) = error.map_or_else(|| (ErrorCode::Unknown, "no reason was given".to_owned()), |error| (error.code, error.message));
    if !matches!(code, ErrorCode::AuthExpired | ErrorCode::AuthInvalid | ErrorCode::AuthMissing) {
        return ApiError::new(StatusCode::BAD_GATEWAY, "PROVIDER_FAILED", format!("{service} did not list anything: {why}"));
    }
    let place = match connections::get(parts, tenant, connection).await {
        Ok(found) => connections::reconnect_url(parts, &found),
        Err(error) => return error,
    };
    let hint = place.map_or_else(|| format!("Give the installation a connection with a new token: `connections.{service}`."), |url| format!("Connect the account again at {url}"));
    ApiError::conflict("CREDENTIALS_EXPIRED", format!("{service} does not accept the connection any more: {why}"))
        .with_field(format!("connections.{service}"), "CREDENTIALS_EXPIRED", "connect it again")
        .with_hint(hint)
}

fn candidate(item: &Value, picker: &Picker) -> Option<Candidate> {
    let id = text_at(item, &picker.id)?;
    let name = picker.name.iter().find_map(|path| text_at(item, path)).unwrap_or_else(|| id.clone());
    let members = picker.properties.as_deref().and_then(|name| item.get(name)).and_then(Value::as_object);
    let properties = members.into_iter().flatten().map(|(name, _)| name.to_lowercase()).collect();
    Some(Candidate { id, name, score: 0.0, tier: Tier::Poor, properties })
}

/// Text at a dotted path; `*` is the first member that leads on.
fn text_at(value: &Value, path: &str) -> Option<String> {
    let Some((step, rest)) = path.split_once('.') else {
        return match member(value, path)? {
            Value::String(text) => Some(text.clone()).filter(|text| !text.is_empty()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
    };
    if step == "*" {
        return value.as_object()?.values().find_map(|inner| text_at(inner, rest));
    }
    text_at(member(value, step)?, rest)
}

fn member<'a>(value: &'a Value, step: &str) -> Option<&'a Value> {
    step.parse::<usize>().map_or_else(|_| value.get(step), |i| value.get(i))
}

/// What a candidate is held against.
#[derive(Debug, Default)]
struct Wanted {
    /// Properties that it should have, in small letters, each with its weight.
    properties: Vec<(String, f64)>,
    /// What its name should hold, in small letters.
    phrase: String,
}

impl Wanted {
    /// What was typed, otherwise what the input is called; and what the author says that it needs (`pathway.requiredProperties`).
    fn of(definition: &Definition, field: &Field, typed: &str) -> Self {
        let listed = definition.pathway.get("requiredProperties").and_then(Value::as_array).into_iter().flatten();
        let property = |rule: &Value| match rule {
            Value::String(name) => Some((name.to_lowercase(), 1.0)),
            rule => Some((rule.get("property")?.as_str()?.to_lowercase(), rule.get("weight").and_then(Value::as_f64).unwrap_or(1.0))),
        };
        let phrase = if typed.trim().is_empty() { field.label.as_deref().unwrap_or(&field.key) } else { typed };
        Self { properties: listed.filter_map(property).filter(|(_, weight)| *weight > 0.0).collect(), phrase: phrase.trim().to_lowercase() }
    }
}

/// How well a candidate fits, from 0 to 1 (spec marketplace §6): the weight of the properties it has among those it should have,
/// and a bonus for its name.
fn score(name: &str, properties: &BTreeSet<String>, wanted: &Wanted) -> f64 {
    let total: f64 = wanted.properties.iter().map(|(_, weight)| weight).sum();
    let matched: f64 = wanted.properties.iter().filter(|(property, _)| properties.contains(property)).map(|(_, weight)| weight).sum();
    let share = if total > 0.0 { matched / total } else { 0.0 };
    let name = name.to_lowercase();
    let mut words = wanted.phrase.split(|c: char| !c.is_alphanumeric()).filter(|word| word.chars().count() >= WORD);
    let bonus = if !wanted.phrase.is_empty() && name.contains(&wanted.phrase) {
        STRONG
    } else if words.any(|word| name.contains(word)) {
        MODERATE
    } else {
        0.0
    };
    (share + bonus).min(1.0)
}

fn tier(score: f64) -> Tier {
    match score {
        s if s >= 0.7 => Tier::Excellent,
        s if s >= 0.5 => Tier::Good,
        s if s >= 0.3 => Tier::Fair,
        _ => Tier::Poor,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    #[test]
    fn candidates_are_scored_by_properties_and_name() {
        let wanted = |properties: &[(&str, f64)], phrase: &str| Wanted { properties: properties.iter().map(|(p, w)| ((*p).to_owned(), *w)).collect(), phrase: phrase.to_owned() };
        let has = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect::<BTreeSet<_>>();
        for (name, properties, looked_for, expected, in_words) in [
            ("Meetings", has(&["date", "summary"]), wanted(&[("date", 1.0), ("summary", 1.0)], "meetings"), 1.0, Tier::Excellent),
            ("Notes", has(&["date", "summary"]), wanted(&[("date", 1.0), ("summary", 1.0)], "meetings"), 1.0, Tier::Excellent),
            ("Team meetings", has(&["date"]), wanted(&[("date", 2.0), ("summary", 2.0)], "meetings"), 0.8, Tier::Excellent),
            ("Meeting notes", has(&["date"]), wanted(&[("date", 1.0), ("summary", 1.0)], "meeting database"), 0.65, Tier::Good),
            ("Tasks", has(&["date"]), wanted(&[("date", 1.0), ("summary", 3.0)], "meetings"), 0.25, Tier::Poor),
            ("sales", has(&[]), wanted(&[], "sales"), 0.3, Tier::Fair),
            ("sales", has(&[]), wanted(&[], "to sales team"), 0.15, Tier::Poor),
            ("sales", has(&[]), wanted(&[], ""), 0.0, Tier::Poor),
        ] {
            let found = score(name, &properties, &looked_for);
            assert!((found - expected).abs() < 1e-9, "{name}: {found}, not {expected}");
            assert_eq!(tier(found), in_words, "{name}");
        }
    }

    #[test]
    fn names_are_found_where_the_file_says() {
        let picker: Picker = serde_json::from_value(json!({"operation": "search", "id": "id", "name": ["title.0.plain_text", "properties.*.title.0.plain_text"], "properties": "properties"})).unwrap();
        let found = candidate(&json!({"id": "d1", "title": [{"plain_text": "Meetings"}], "properties": {"Date": {}, "Name": {}}}), &picker).unwrap();
        assert_eq!((found.id.as_str(), found.name.as_str(), found.properties.len()), ("d1", "Meetings", 2));
        let found = candidate(&json!({"id": "p1", "properties": {"Tags": {}, "Page": {"title": [{"plain_text": "Plan"}]}}}), &picker).unwrap();
        assert_eq!(found.name, "Plan");
        assert_eq!(candidate(&json!({"id": 7}), &picker).unwrap().name, "7", "a thing without a name is called by its id");
        assert!(candidate(&json!({"name": "x"}), &picker).is_none());
    }
}
