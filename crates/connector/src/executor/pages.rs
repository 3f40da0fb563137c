//! Lists: one page, or all pages up to a limit.

use serde_json::{Map, Value};
use url::Url;

use super::operate::{Answer, Named, send};
use super::session::Session;
use crate::answer::{Failure, Shaped, items_of, shape};
use crate::error::ErrorCode;
use crate::json_path;
use crate::limits;
use crate::request::{Bound, Draft};
use crate::schema::{Operation, PageStyle, Pagination, SendIn};

/// Reads the list that `draft` asks for.
pub(super) async fn read(
    session: &mut Session<'_>,
    named: Named<'_>,
    bound: &Bound,
    mut draft: Draft,
) -> Result<Shaped, Failure> {
    let operation = named.operation;
    let Some(paging) = &operation.pagination else {
        return Err(Failure::new(ErrorCode::ConfigurationError, "the operation has no pages"));
    };
    let limit = item_limit(paging, bound)?;
    let mut items: Vec<Value> = Vec::new();
    let mut page = 0;
    loop {
        let answer = send(session, named, &draft, page).await?;
        let shaped = one_page(operation, bound, &answer)?;
        let Value::Array(found) = shaped.data else { return Ok(shaped) };
        let empty = found.is_empty();
        items.extend(found);
        page += 1;
        let enough = limit.is_none_or(|limit| items.len() as u64 >= limit) || page >= limits::PAGES;
        let last = enough || (empty && matches!(paging.style, PageStyle::Page | PageStyle::Offset));
        let so_far = SoFar { pages: page, items: items.len() };
        if last || !turn(paging, operation, bound, &answer, so_far, &mut draft)? {
            if let Some(limit) = limit {
                items.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
            }
            return Ok(Shaped { data: Value::Array(items), hidden: shaped.hidden });
        }
    }
}

fn one_page(operation: &Operation, bound: &Bound, answer: &Answer) -> Result<Shaped, Failure> {
    if answer.nothing {
        return Ok(Shaped { data: Value::Null, hidden: None });
    }
    shape(operation, bound, answer.parsed.value()).map_err(|failure| failure.with_status(answer.response.status))
}

/// How many items are wanted; `None` = one page, whatever it holds.
fn item_limit(paging: &Pagination, bound: &Bound) -> Result<Option<u64>, Failure> {
    let asked = match &bound.all_pages {
        None | Some(Value::Null | Value::Bool(false)) => None,
        Some(Value::Bool(true)) => Some(limits::ITEMS),
        Some(value) => match value.as_u64().filter(|n| *n > 0) {
            Some(number) => Some(number.min(limits::ITEMS)),
            None => return Err(Failure::input("needs true or a number above zero as `all_pages`")),
        },
    };
    let Some(all) = &paging.all else { return Ok(asked) };
    let by_param = all.limit_param.as_ref().and_then(|name| bound.values.get(name)).and_then(Value::as_u64);
    Ok(Some(asked.or(by_param).unwrap_or(all.limit).min(limits::ITEMS)))
}

/// What has been read.
#[derive(Clone, Copy)]
struct SoFar {
    pages: u32,
    items: usize,
}

/// Changes the request into the one for the next page; false when there is none.
fn turn(
    paging: &Pagination,
    operation: &Operation,
    bound: &Bound,
    answer: &Answer,
    so_far: SoFar,
    draft: &mut Draft,
) -> Result<bool, Failure> {
    let body = answer.parsed.value();
    if paging.more.as_ref().is_some_and(|path| json_path::get(body, path) != Some(&Value::Bool(true))) {
        return Ok(false);
    }
    let token = match paging.style {
        PageStyle::Link => return Ok(follow_link(answer, draft)),
        PageStyle::Url => {
            let next = paging.next.as_deref().and_then(|path| json_path::text(body, path));
            return Ok(next.is_some_and(|target| go_to(&target, answer, draft)));
        }
        PageStyle::Page => Some(Value::from(so_far.pages + 1)),
        PageStyle::Offset => Some(Value::from(so_far.items)),
        PageStyle::Cursor => {
            let path = paging.next.as_deref().unwrap_or_default();
            json_path::get_some(body, path).filter(|v| v.as_str() != Some("")).cloned()
        }
        PageStyle::LastId => {
            let items = items_of(operation, bound, body)?;
            let path = paging.next.as_deref().unwrap_or("id");
            items.last().and_then(|item| json_path::get_some(item, path)).cloned()
        }
    };
    let Some(token) = token else { return Ok(false) };
    match paging.location {
        SendIn::Query => {
            draft.set_query(&paging.send, json_path::scalar_text(&token).unwrap_or_else(|| token.to_string()));
        }
        SendIn::Body => json_path::set(draft.body.get_or_insert_with(Map::new), &paging.send, token),
    }
    Ok(true)
}

/// `Link: <https://…?page=2>; rel="next"`: the address replaces the request's; that it is on the connector's hosts is
/// checked like any other address.
fn follow_link(answer: &Answer, draft: &mut Draft) -> bool {
    let next = answer
        .response
        .headers
        .get_all(http::header::LINK)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(','))
        .find_map(next_target);
    next.is_some_and(|target| go_to(target, answer, draft))
}

/// The request goes to another address, which may be relative to the last one.
fn go_to(target: &str, answer: &Answer, draft: &mut Draft) -> bool {
    let Some(next) = Some(target).filter(|t| !t.is_empty()).and_then(|target| answer.response.url.join(target).ok()) else {
        return false;
    };
    draft.query.clear();
    draft.path = Url::into(next);
    true
}

fn next_target(link: &str) -> Option<&str> {
    let (target, parameters) = link.trim().strip_prefix('<')?.split_once('>')?;
    let is_next = parameters.split(';').any(|parameter| {
        let parameter = parameter.trim().to_ascii_lowercase();
        parameter == "rel=next" || parameter == "rel=\"next\""
    });
    is_next.then_some(target)
}
