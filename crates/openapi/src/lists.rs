//! Lists in answers, and how further pages are found. Conservative: what is not plainly a list or a way to turn pages
//! stays an ordinary answer.

use serde_json::{Value, json};

use crate::document::{Document, text};
use crate::limits;
use crate::operations::Operation;
use crate::parameters::{Parameter, Place};
use crate::schemas::{self, Member};

/// Members that hold the list in the envelopes of many services.
const LIST_NAMES: [&str; 16] = [
    "data", "items", "results", "result", "values", "value", "entries", "records", "list", "rows", "elements", "objects", "hits", "resources", "collection", "content",
];

/// Members that tell of pages or counts, without regard to case and separators.
const PAGE_NAMES: [&str; 27] = [
    "hasmore", "total", "totalcount", "totalresults", "totalitems", "count", "next", "nextcursor", "nextpagetoken", "nexttoken", "nextpage", "page", "pages", "perpage", "pagesize",
    "meta", "metadata", "links", "paging", "pagination", "cursor", "cursors", "limit", "offset", "previous", "pageinfo", "nexturl",
];

/// A list in an answer.
#[derive(Debug, Clone)]
pub(crate) struct List<'a> {
    /// Where it stands; empty = the answer is the list.
    pub path: String,
    pub item: &'a Value,
    /// Members of the envelope beside it.
    pub others: Vec<Member<'a>>,
}

/// The way to turn pages, as the connector file says it.
#[derive(Debug, Clone)]
pub(crate) struct Pages {
    pub value: Value,
}

/// Letters and digits, small.
fn normal(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// A member's name that can be a step of a path.
fn is_step(name: &str) -> bool {
    !name.is_empty() && !name.contains(['.', '|']) && !name.starts_with(['?', '@'])
}

pub(crate) fn list<'a>(document: &'a Document, operation: &Operation<'_>, schema: &'a Value) -> Option<List<'a>> {
    if let Some(item) = schemas::list_items(document, schema) {
        return Some(List { path: String::new(), item, others: vec![] });
    }
    if operation.method != "get" || !schemas::is_object(document, schema) {
        return None;
    }
    let members = schemas::object_members(document, schema);
    if let Some((name, item)) = chosen(document, operation, &members) {
        let others = members.iter().filter(|m| m.name != name && is_step(m.name)).take(limits::ENVELOPE_MEMBERS).cloned().collect();
        return Some(List { path: name.to_owned(), item, others });
    }
    // One level further in: `data.items`, `_embedded.orders`.
    let holder = members.iter().find(|m| ["data", "result", "results", "response", "_embedded"].contains(&m.name))?;
    if members.iter().any(|m| schemas::list_items(document, m.schema).is_some()) || !schemas::is_object(document, holder.schema) {
        return None;
    }
    let inner = schemas::object_members(document, holder.schema);
    let (name, item) = chosen(document, operation, &inner).or_else(|| if holder.name == "_embedded" { only_list(document, &inner) } else { None })?;
    let others = members.iter().filter(|m| m.name != holder.name && is_step(m.name)).take(limits::ENVELOPE_MEMBERS).cloned().collect();
    Some(List { path: format!("{}.{name}", holder.name), item, others })
}

fn only_list<'a>(document: &'a Document, members: &[Member<'a>]) -> Option<(&'a str, &'a Value)> {
    let mut lists = members.iter().filter_map(|m| Some((m.name, schemas::list_items(document, m.schema)?))).filter(|(name, _)| is_step(name));
    match (lists.next(), lists.next()) {
        (Some(one), None) => Some(one),
        _ => None,
    }
}

/// The member that is the list of an envelope.
fn chosen<'a>(document: &'a Document, operation: &Operation<'_>, members: &[Member<'a>]) -> Option<(&'a str, &'a Value)> {
    let (name, item) = only_list(document, members)?;
    let about_pages = members.iter().any(|m| m.name != name && PAGE_NAMES.contains(&normal(m.name).as_str()));
    let to_one = operation.path.trim_end_matches('/').ends_with('}') || members.iter().any(|m| m.name == "id");
    let last = operation.path.split('/').rfind(|s| !s.is_empty() && !s.starts_with('{')).unwrap_or_default();
    let named = LIST_NAMES.contains(&name) || normal(name) == normal(last);
    (about_pages && (!to_one || named) || (named && !to_one)).then_some((name, item))
}

/// How further pages are found; `link` = the answer documents a `Link` header.
pub(crate) fn pages(document: &Document, list: &List<'_>, schema: &Value, parameters: &[Parameter<'_>], link: bool) -> Option<Pages> {
    let query: Vec<&Parameter<'_>> = parameters.iter().filter(|p| p.place == Place::Query).collect();
    let of_kind = |names: &[&str], kinds: &[&str]| {
        query.iter().copied().find(|p| names.contains(&normal(p.wire).as_str()) && schemas::is_kind(document, p.schema, kinds))
    };
    let mut leaves = Vec::new();
    if !list.path.is_empty() {
        leaves_of(document, schema, &list.path, "", 0, &mut leaves);
    }
    let text_leaf = |names: &dyn Fn(&str) -> bool| leaves.iter().find(|leaf| leaf.kind == "string" && names(&normal(leaf.path.rsplit('.').next().unwrap_or_default())));
    let cursor = of_kind(&["cursor", "pagetoken", "nexttoken", "nextcursor", "pagecursor", "continuationtoken", "continue", "after", "startcursor", "marker", "nextpagetoken", "bookmark", "pageafter", "startaftertoken"], &["string"]);
    if let Some(cursor) = cursor {
        let own = normal(cursor.wire);
        let named = |name: &str| (name.starts_with("next") && !name.contains("url") && !name.contains("link") && name != "next" && name != "nextpage") || name == own || (name == "endcursor" || name == "after") && (own.contains("after") || own.contains("cursor"));
        if let Some(leaf) = text_leaf(&named).filter(|leaf| leaf.format != "uri") {
            return Some(Pages { value: json!({"style": "cursor", "send": cursor.wire, "next": leaf.path}) });
        }
    }
    let more = leaves.iter().find(|leaf| leaf.kind == "boolean" && ["hasmore", "more", "hasnextpage"].contains(&normal(leaf.path.rsplit('.').next().unwrap_or_default()).as_str()));
    let has_id = schemas::object_members(document, list.item).iter().any(|m| m.name == "id");
    if let (Some(after), Some(more), true) = (of_kind(&["startingafter"], &["string"]), more, has_id) {
        return Some(Pages { value: json!({"style": "last_id", "send": after.wire, "more": more.path}) });
    }
    if link {
        return Some(Pages { value: json!({"style": "link"}) });
    }
    if let Some(leaf) = leaves.iter().find(|leaf| is_next_address(leaf)) {
        return Some(Pages { value: json!({"style": "url", "next": leaf.path}) });
    }
    let sized = of_kind(&["perpage", "pagesize", "limit", "size", "count", "maxresults", "top", "take", "pagelimit", "itemsperpage", "pagecount"], &["integer", "number", "string"]).is_some();
    if let Some(page) = of_kind(&["page", "pagenumber", "pageno"], &["integer", "number"]).filter(|page| (sized || !leaves.is_empty()) && !from_zero(document, page)) {
        return Some(Pages { value: json!({"style": "page", "send": page.wire}) });
    }
    let offset = of_kind(&["offset", "skip", "pageoffset"], &["integer", "number"]).filter(|_| sized)?;
    Some(Pages { value: json!({"style": "offset", "send": offset.wire}) })
}

/// The next page's address in the answer: plainly an address, by its name or its format.
fn is_next_address(leaf: &Leaf) -> bool {
    let name = normal(leaf.path.rsplit('.').next().unwrap_or_default());
    let by_name = ["nexturl", "nextlink", "nextpageuri", "nextpageurl", "nexthref"].contains(&name.as_str());
    let by_format = ["next", "nextpage"].contains(&name.as_str()) && ["uri", "url", "uri-reference"].contains(&leaf.format.as_str());
    let linked = leaf.path == "links.next" || leaf.path == "links.pages.next" || leaf.path == "_links.next.href";
    leaf.kind == "string" && (by_name || by_format || linked)
}

fn from_zero(document: &Document, parameter: &Parameter<'_>) -> bool {
    let schema = schemas::plain(document, parameter.schema).unwrap_or(&Value::Null);
    ["default", "minimum", "example"].iter().any(|word| schema.get(word).and_then(Value::as_f64) == Some(0.0))
        || parameter.summary.to_lowercase().contains("zero-based") || parameter.summary.contains("0-based") || parameter.summary.to_lowercase().contains("starting at 0")
}

/// A scalar member of an envelope.
struct Leaf {
    path: String,
    kind: String,
    format: String,
}

fn leaves_of(document: &Document, schema: &Value, list: &str, at: &str, depth: usize, out: &mut Vec<Leaf>) {
    // Envelopes are small; what is not one is not searched through.
    for member in schemas::object_members(document, schema).into_iter().take(60) {
        let path = if at.is_empty() { member.name.to_owned() } else { format!("{at}.{}", member.name) };
        if !is_step(member.name) || path == list || out.len() >= limits::MEMBERS {
            continue;
        }
        let Some(plain) = schemas::plain(document, member.schema) else { continue };
        if schemas::is_kind(document, member.schema, &["string"]) {
            out.push(Leaf { path, kind: "string".to_owned(), format: text(plain, "format").to_owned() });
        } else if schemas::is_kind(document, member.schema, &["boolean"]) {
            out.push(Leaf { path, kind: "boolean".to_owned(), format: String::new() });
        } else if depth < 2 && schemas::is_object(document, member.schema) {
            leaves_of(document, member.schema, list, &path, depth + 1, out);
        }
    }
}
