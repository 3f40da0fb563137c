//! The host's cache of compiled programs.
//!
//! Bytecode is as good as native code to whoever may write it. So it is made by a fresh jailed child that runs nothing,
//! used under the hash of its source, kept in memory only, and never accepted from anywhere else.

use crate::{error::SandboxError, wire::Bytecode};
use parking_lot::Mutex;
use std::{collections::HashMap, future::Future, sync::Arc};
use tokio::sync::OnceCell;

type Cell = Arc<OnceCell<Arc<Bytecode>>>;

#[derive(Default)]
struct Shelf {
    /// Program hash to bytecode and the time of its last use.
    kept: HashMap<String, (Cell, u64)>,
    clock: u64,
}

/// Compiled programs by hash.
pub(super) struct Cache {
    shelf: Mutex<Shelf>,
    limit: usize,
}

impl Cache {
    pub(super) fn new(limit: usize) -> Cache {
        Cache { shelf: Mutex::default(), limit }
    }

    /// The program's bytecode; `compile` runs once however many ask at the same time.
    pub(super) async fn get<F>(&self, hash: &str, compile: impl FnOnce() -> F) -> Result<Arc<Bytecode>, SandboxError>
    where
        F: Future<Output = Result<Bytecode, SandboxError>>,
    {
        let cell = {
            let mut shelf = self.shelf.lock();
            shelf.clock += 1;
            let clock = shelf.clock;
            let (cell, used) = shelf.kept.entry(hash.to_owned()).or_default();
            *used = clock;
            cell.clone()
        };
        if let Some(known) = cell.get() {
            return Ok(known.clone());
        }
        let made = cell.get_or_try_init(|| async { compile().await.map(Arc::new) }).await;
        match made {
            Ok(bytecode) => {
                let bytecode = bytecode.clone();
                self.trim();
                Ok(bytecode)
            }
            Err(error) => {
                // Nothing is learnt from a program that does not compile; the next one to ask tries again.
                self.shelf.lock().kept.remove(hash);
                Err(error)
            }
        }
    }

    /// Forgets what was not used for longest until the rest fits.
    fn trim(&self) {
        let mut shelf = self.shelf.lock();
        let size = |cell: &Cell| cell.get().map_or(0, |bytecode| bytecode.size());
        let mut total: usize = shelf.kept.values().map(|(cell, _)| size(cell)).sum();
        while total > self.limit && shelf.kept.len() > 1 {
            let oldest = shelf.kept.iter().filter(|(_, (cell, _))| cell.initialized()).min_by_key(|(_, (_, used))| *used);
            let Some(hash) = oldest.map(|(hash, _)| hash.clone()) else { return };
            if let Some((cell, _)) = shelf.kept.remove(&hash) {
                total -= size(&cell);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::wire::{Bytes, script_error};

    fn program(hash: &str, size: usize) -> Bytecode {
        Bytecode { hash: hash.into(), entry: "m".into(), modules: vec![("m".into(), Bytes(vec![0; size]))] }
    }

    #[tokio::test]
    async fn the_least_recently_used_program_goes_first() {
        let cache = Cache::new(250);
        for hash in ["a", "b", "a", "c"] {
            cache.get(hash, || async move { Ok(program(hash, 99)) }).await.unwrap();
        }
        let kept = |hash: &str| cache.shelf.lock().kept.contains_key(hash);
        assert!(kept("a") && kept("c") && !kept("b"));
    }

    #[tokio::test]
    async fn a_failure_is_not_kept() {
        let cache = Cache::new(1000);
        let failed = cache.get("a", || async { Err(SandboxError::Load(script_error("SyntaxError", "x", None))) }).await;
        assert!(failed.is_err());
        assert!(cache.get("a", || async { Ok(program("a", 1)) }).await.is_ok());
    }
}
