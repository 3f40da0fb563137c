//! Path and query parameters whose refusals are problem details.

use axum::extract::{FromRequestParts, Path as AxumPath};
use http::request::Parts;
use serde::de::DeserializeOwned;

use super::{ApiError, json};

/// Path parameters. An id of the wrong kind is answered like one that does not exist, and so is a text with a NUL: nothing that
/// is stored has one.
#[derive(Debug, Clone, Copy)]
pub struct Path<T>(pub T);

/// Query parameters; unknown ones are refused.
#[derive(Debug, Clone, Copy)]
pub struct Query<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        if parts.uri.path().contains("%00") {
            return Err(ApiError::not_found("thing"));
        }
        let AxumPath(value) = AxumPath::<T>::from_request_parts(parts, state).await.map_err(|_| ApiError::not_found("thing"))?;
        Ok(Self(value))
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        json::parse_query(parts.uri.query().unwrap_or_default()).map(Self)
    }
}
