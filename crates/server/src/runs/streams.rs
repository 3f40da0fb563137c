//! How many live streams are open: each holds a connection and looks at the database a few times a second.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use http::StatusCode;
use millrace_ids::TenantId;
use parking_lot::Mutex;

use super::limits::{STREAMS_OF_CALLER, STREAMS_OF_TENANT, STREAM_RETRY};
use crate::http::ApiError;
use crate::identity::Caller;

/// The live streams of this node. Clone it freely; clones count together.
#[derive(Debug, Clone, Default)]
pub struct Streams(Arc<Mutex<Open>>);

#[derive(Debug, Default)]
struct Open {
    /// By session or API key.
    callers: HashMap<String, usize>,
    tenants: HashMap<TenantId, usize>,
}

/// One open stream; dropping it makes room for another.
#[derive(Debug)]
pub struct Stream {
    streams: Streams,
    caller: String,
    tenant: TenantId,
}

impl Streams {
    /// Room for one more stream of this caller.
    ///
    /// # Errors
    /// 429 `TOO_MANY_STREAMS`: the caller, or its workspace, has as many open as it may.
    pub fn open(&self, caller: &Caller) -> Result<Stream, ApiError> {
        let own = caller.credential().to_owned();
        let mut open = self.0.lock();
        if open.callers.get(&own).is_some_and(|n| *n >= STREAMS_OF_CALLER) {
            return Err(too_many("caller", format!("This session or API key has {STREAMS_OF_CALLER} live streams open.")));
        }
        if open.tenants.get(&caller.tenant).is_some_and(|n| *n >= STREAMS_OF_TENANT) {
            return Err(too_many("workspace", format!("This workspace has {STREAMS_OF_TENANT} live streams open.")));
        }
        *open.callers.entry(own.clone()).or_default() += 1;
        *open.tenants.entry(caller.tenant.clone()).or_default() += 1;
        drop(open);
        Ok(Stream { streams: self.clone(), caller: own, tenant: caller.tenant.clone() })
    }

    /// How many are open.
    pub fn count(&self) -> usize {
        self.0.lock().tenants.values().sum()
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        let mut open = self.streams.0.lock();
        one_less(&mut open.callers, &self.caller);
        one_less(&mut open.tenants, &self.tenant);
    }
}

fn one_less<K: Eq + Hash>(counts: &mut HashMap<K, usize>, key: &K) {
    if let Some(n) = counts.get_mut(key) {
        *n -= 1;
        if *n == 0 {
            counts.remove(key);
        }
    }
}

fn too_many(field: &str, detail: String) -> ApiError {
    let error = ApiError::new(StatusCode::TOO_MANY_REQUESTS, "TOO_MANY_STREAMS", detail.clone()).with_field(field, "TOO_MANY_STREAMS", detail);
    error.with_hint("Close one, or read the lines without following.").with_retry_after(STREAM_RETRY)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use millrace_ids::ApiKeyId;

    use super::*;
    use crate::identity::{Actor, Permissions, Role};

    fn caller(tenant: &TenantId) -> Caller {
        Caller { tenant: tenant.clone(), by: Actor::ApiKey(ApiKeyId::generate()), role: Role::Viewer, permissions: Permissions::ALL }
    }

    #[test]
    fn a_caller_and_its_workspace_have_so_many_and_get_them_back() {
        let (streams, tenant) = (Streams::default(), TenantId::generate());
        let one = caller(&tenant);
        let mut held: Vec<Stream> = (0..STREAMS_OF_CALLER).map(|_| streams.open(&one).unwrap()).collect();
        let refused = streams.open(&one).unwrap_err();
        assert_eq!((refused.status.as_u16(), refused.code.as_str(), refused.retry_after), (429, "TOO_MANY_STREAMS", Some(STREAM_RETRY)));
        held.pop();
        held.push(streams.open(&one).unwrap());
        while held.len() < STREAMS_OF_TENANT {
            held.push(streams.open(&caller(&tenant)).unwrap());
        }
        assert_eq!(streams.open(&caller(&tenant)).unwrap_err().errors[0].field, "workspace");
        streams.open(&caller(&TenantId::generate())).unwrap();
        assert_eq!(streams.count(), STREAMS_OF_TENANT);
        drop(held);
        assert_eq!(streams.count(), 0);
        assert!(streams.0.lock().callers.is_empty() && streams.0.lock().tenants.is_empty(), "nothing is remembered of who left");
    }
}
