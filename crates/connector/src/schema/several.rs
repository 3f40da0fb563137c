//! Operations that take several requests: pages, batches, completing items, following an address.

use std::collections::BTreeMap;

use serde::Deserialize;

/// How further pages are found. One page is read unless `all` or the caller (`all_pages: true`) asks for more.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pagination {
    /// Which way.
    pub style: PageStyle,
    /// Wire name of the parameter that asks for the next page (not for `link` and `url`).
    #[serde(default)]
    pub send: String,
    /// Where that parameter goes.
    #[serde(default, rename = "in")]
    pub location: SendIn,
    /// `cursor`: path of the next cursor in the answer; `url`: of the next address. `last_id`: path of the id inside an item (default `id`).
    #[serde(default)]
    pub next: Option<String>,
    /// Path of a flag that says whether there is more.
    #[serde(default)]
    pub more: Option<String>,
    /// When further pages are read without being asked for.
    #[serde(default)]
    pub all: Option<AllPages>,
}

/// The ways to find the next page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PageStyle {
    /// The answer holds a cursor or token for the next request.
    Cursor,
    /// The answer's `Link: <…>; rel="next"` header is the next address.
    Link,
    /// The last item's id is sent back (Stripe's `starting_after`).
    LastId,
    /// Pages are numbered from 1; an empty page is the last.
    Page,
    /// The number of items read so far is sent; an empty page is the last.
    Offset,
    /// The answer holds the next page's address.
    Url,
}

/// Where the page parameter goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SendIn {
    /// Query.
    #[default]
    Query,
    /// Body.
    Body,
}

/// Reading all pages up to a limit.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AllPages {
    /// Items read when the caller says nothing.
    pub limit: u64,
    /// Parameter by which the caller sets the limit.
    #[serde(default)]
    pub limit_param: Option<String>,
}

/// One long list sent in several requests, one after the other.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Batch {
    /// Parameter that holds the list.
    pub param: String,
    /// Items per request.
    pub size: usize,
    /// Parameter by which the caller lowers it.
    #[serde(default)]
    pub size_param: Option<String>,
    /// Milliseconds between two requests.
    #[serde(default)]
    pub pause_ms: u64,
    /// Parameter by which the caller changes that.
    #[serde(default)]
    pub pause_param: Option<String>,
    /// Result member that counts the items sent.
    pub count_items: String,
    /// Result member that counts the requests.
    pub count_requests: String,
}

/// A second request, to an address found in the first answer.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Follow {
    /// Where the address stands; absent or null there means `null` as result.
    pub url: String,
    /// What the text found there becomes.
    pub transform: FollowTransform,
}

/// Each item of a list gets a member that another operation supplies.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Each {
    /// The operation.
    pub operation: String,
    /// Its options: name → path in the item.
    pub args: BTreeMap<String, String>,
    /// Member that takes its data.
    pub into: String,
    /// Items completed; further ones are cut off.
    pub limit: usize,
}

/// An operation performed before, whose data the request is made from.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct First {
    /// The operation.
    pub operation: String,
    /// Its options: name → parameter of this call; parameters without a value are left out.
    #[serde(default)]
    pub args: BTreeMap<String, String>,
    /// Name under which `make` finds its data.
    pub into: String,
}

/// Two lists as one.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Union {
    /// The operation whose items are appended.
    pub operation: String,
    /// Path of an item's identity; an item that is already there is not appended again.
    pub same: String,
}

/// What a fetched text becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FollowTransform {
    /// WebVTT → `{transcript_text, webvtt_raw, source, has_speaker_attribution, speakers?}`.
    WebvttTranscript,
    /// The text itself.
    Text,
    /// The JSON that it spells.
    Json,
}
