//! Lists: `{data, next_cursor}`, newest first, with an opaque cursor.

use serde::Serialize;
use utoipa::ToSchema;

use super::{ApiError, limits};

/// One page of a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Page<T> {
    /// The items.
    pub data: Vec<T>,
    /// Send it as `cursor` for the next page; null on the last one.
    pub next_cursor: Option<String>,
}

impl<T> Page<T> {
    /// A page from up to `limit + 1` items: one more than asked for means that there is a next page. `cursor` is that of
    /// the last item shown.
    pub fn from_overfull(mut items: Vec<T>, limit: u32, cursor: impl Fn(&T) -> String) -> Self {
        let limit = limit as usize;
        let more = items.len() > limit;
        items.truncate(limit);
        let next_cursor = if more { items.last().map(cursor) } else { None };
        Self { data: items, next_cursor }
    }

    /// The same page with its items turned into something else.
    pub fn map<U>(self, each: impl FnMut(T) -> U) -> Page<U> {
        Page { data: self.data.into_iter().map(each).collect(), next_cursor: self.next_cursor }
    }
}

/// The number of items a caller asked for.
///
/// # Errors
/// It is 0 or over the limit.
pub fn page_limit(asked: Option<u32>) -> Result<u32, ApiError> {
    match asked {
        None => Ok(limits::PAGE),
        Some(n) if (1..=limits::PAGE_MOST).contains(&n) => Ok(n),
        Some(_) => {
            let message = format!("must be from 1 to {}", limits::PAGE_MOST);
            Err(ApiError::invalid("INVALID_REQUEST", format!("`limit` {message}.")).with_field("limit", "INVALID_VALUE", message))
        }
    }
}

/// The id that a cursor names.
///
/// # Errors
/// The text is not a cursor that this list gave out.
pub fn page_cursor<Id: std::str::FromStr>(cursor: Option<&str>) -> Result<Option<Id>, ApiError> {
    cursor.map(str::parse).transpose().map_err(|_| {
        ApiError::invalid("INVALID_REQUEST", "`cursor` is not a cursor of this list.").with_field("cursor", "INVALID_VALUE", "take it from `next_cursor`")
    })
}
