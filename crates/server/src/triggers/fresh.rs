//! A cache whose entries are never older than a second, for what is read on every delivery and every run.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;
use std::time::Instant;

use parking_lot::Mutex;

use super::limits;

/// Values by key. What changes in this process is forgotten at once ([`Fresh::forget`]); what another node changes is
/// seen when the entry ages. Absence is remembered too, so that an unknown address costs one look-up a second.
#[derive(Debug)]
pub struct Fresh<K, V> {
    inner: Mutex<Inner<K, V>>,
}

#[derive(Debug)]
struct Inner<K, V> {
    entries: HashMap<K, Entry<V>>,
    /// Counts forgettings: a value read before one must not be stored after it.
    epoch: u64,
}

#[derive(Debug)]
struct Entry<V> {
    value: Option<Arc<V>>,
    read_at: Instant,
    /// Somebody is looking again already.
    renewing: bool,
}

/// The right to store what is read next.
#[derive(Debug, Clone, Copy)]
pub struct Ticket {
    epoch: u64,
    at: Instant,
}

/// What the cache knows.
#[derive(Debug)]
pub enum Found<V> {
    /// This, and it is fresh; `None` is a remembered absence.
    Known(Option<Arc<V>>),
    /// Nothing fresh: read it and [`Fresh::store`] it with this ticket.
    Look(Ticket),
}

impl<K, V> Default for Fresh<K, V> {
    fn default() -> Self {
        Self { inner: Mutex::new(Inner { entries: HashMap::new(), epoch: 0 }) }
    }
}

impl<K: Eq + Hash + Clone, V> Fresh<K, V> {
    /// Looks up a key.
    pub fn get(&self, key: &K) -> Found<V> {
        self.get_at(key, Instant::now())
    }

    fn get_at(&self, key: &K, now: Instant) -> Found<V> {
        let mut inner = self.inner.lock();
        let epoch = inner.epoch;
        if let Some(entry) = inner.entries.get_mut(key) {
            let age = now.saturating_duration_since(entry.read_at);
            if age < limits::REFRESH || (entry.renewing && age < limits::STALE) {
                return Found::Known(entry.value.clone());
            }
            entry.renewing = true;
        }
        Found::Look(Ticket { epoch, at: now })
    }

    /// Stores what was read, unless something was forgotten since the ticket was given.
    pub fn store(&self, ticket: Ticket, key: K, value: Option<Arc<V>>) {
        let mut inner = self.inner.lock();
        if inner.epoch != ticket.epoch {
            return;
        }
        if inner.entries.len() >= limits::CACHED {
            inner.entries.retain(|_, entry| ticket.at.saturating_duration_since(entry.read_at) < limits::STALE);
            // All of them fresh: a storm of different keys. Starting over costs less than ordering them.
            if inner.entries.len() >= limits::CACHED {
                inner.entries.clear();
            }
        }
        inner.entries.insert(key, Entry { value, read_at: ticket.at, renewing: false });
    }

    /// Forgets the keys for which `gone` holds.
    pub fn forget(&self, gone: impl Fn(&K, Option<&V>) -> bool) {
        let mut inner = self.inner.lock();
        inner.epoch += 1;
        inner.entries.retain(|key, entry| !gone(key, entry.value.as_deref()));
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn look<V: std::fmt::Debug>(found: Found<V>) -> Ticket {
        match found {
            Found::Look(ticket) => ticket,
            Found::Known(value) => panic!("nothing was to be known, found {value:?}"),
        }
    }

    fn known(found: Found<u32>) -> Option<u32> {
        match found {
            Found::Known(value) => value.map(|v| *v),
            Found::Look(_) => panic!("a value was to be known"),
        }
    }

    #[test]
    fn one_caller_renews_and_nobody_sees_an_old_value() {
        let cache = Fresh::<&str, u32>::default();
        let start = Instant::now();
        cache.store(look(cache.get_at(&"a", start)), "a", Some(Arc::new(1)));
        assert_eq!(known(cache.get_at(&"a", start + limits::REFRESH / 2)), Some(1));
        let renewal = look(cache.get_at(&"a", start + limits::REFRESH));
        assert_eq!(known(cache.get_at(&"a", start + limits::REFRESH)), Some(1), "the others use what is there");
        look(cache.get_at(&"a", start + limits::STALE));
        cache.store(renewal, "a", Some(Arc::new(2)));
        assert_eq!(known(cache.get_at(&"a", start + limits::REFRESH)), Some(2));
    }

    #[test]
    fn what_was_read_before_a_change_is_not_stored_after_it() {
        let cache = Fresh::<&str, u32>::default();
        let ticket = look(cache.get(&"a"));
        cache.forget(|key, _| *key == "a");
        cache.store(ticket, "a", Some(Arc::new(1)));
        let ticket = look(cache.get(&"a"));
        cache.store(ticket, "a", None);
        assert_eq!(known(cache.get(&"a")), None, "absence is remembered");
        cache.forget(|key, _| *key == "a");
        look(cache.get(&"a"));
    }

    #[test]
    fn it_does_not_grow_for_ever() {
        let cache = Fresh::<usize, u32>::default();
        for key in 0..limits::CACHED * 2 + 1 {
            cache.store(look(cache.get(&key)), key, None);
        }
        assert!(cache.inner.lock().entries.len() <= limits::CACHED);
    }
}
