//! Apps over the API, and the rule row by row.
#![allow(clippy::unwrap_used)]
