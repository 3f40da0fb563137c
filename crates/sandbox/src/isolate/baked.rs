//! The prelude as bytecode, compiled once per process before any tenant is near.

use super::compile::{Detail, compile};
use crate::{
    limits::Limits,
    prelude::{self, LazyFile},
    program::ProgramModule,
};
use std::sync::OnceLock;

/// Files of the sandbox's own that are evaluated on first use, beside those of the globals.
pub(super) const OWN: &[LazyFile] = &[
    LazyFile {
        file: "console.js",
        source: include_str!("../prelude/console.js"),
        globals: &["console"],
        parts: &["%format", "%log"],
    },
    LazyFile { file: "context.js", source: include_str!("../prelude/context.js"), globals: &[], parts: &["%context"] },
    LazyFile { file: "services.js", source: include_str!("../prelude/services.js"), globals: &[], parts: &["%services"] },
    LazyFile { file: "exports.js", source: include_str!("../prelude/exports.js"), globals: &[], parts: &["%exports"] },
];

/// Names that are evaluated before an engine's image is taken: what most runs touch. Each costs every run the copying of
/// what it is made of, and saves the runs that touch it a hundred times that.
pub(super) const GLOBALS_READY: &[&str] = &["console", "%services"];

/// Names on the global object that are evaluated on first touch.
pub(super) fn global_names() -> impl Iterator<Item = &'static str> {
    lazy_files().flat_map(|file| file.globals.iter().copied())
}

/// The file that defines a global or a part.
pub(super) fn file_of(name: &str) -> Option<usize> {
    lazy_files().position(|file| file.globals.contains(&name) || file.parts.contains(&name))
}

/// All lazy files; their order is their index.
pub(super) fn lazy_files() -> impl Iterator<Item = &'static LazyFile> {
    prelude::LAZY.iter().chain(OWN)
}

/// Bytecode of all prelude files.
pub(super) struct Baked {
    pub core: Vec<u8>,
    pub eager: Vec<Vec<u8>>,
    pub lazy: Vec<Vec<u8>>,
}

static BAKED: OnceLock<Baked> = OnceLock::new();

/// The prelude. The first call compiles it, some milliseconds.
pub(super) fn baked() -> &'static Baked {
    BAKED.get_or_init(|| {
        let modules: Vec<_> = std::iter::once(("core.js", include_str!("../prelude/core.js")))
            .chain(prelude::EAGER.iter().map(|file| (file.file, file.source)))
            .chain(lazy_files().map(|file| (file.file, file.source)))
            .map(|(name, code)| ProgramModule { name: format!("millrace:{name}"), code: code.to_owned() })
            .collect();
        #[expect(clippy::panic, reason = "the prelude is part of this binary; every test compiles it")]
        let compiled = compile(&modules, &Limits::default(), Detail::Bare).unwrap_or_else(|error| panic!("prelude: {error}"));
        let mut compiled = compiled.into_iter().map(|bytes| bytes.0);
        let core = compiled.next().unwrap_or_default();
        let eager = compiled.by_ref().take(prelude::EAGER.len()).collect();
        Baked { core, eager, lazy: compiled.collect() }
    })
}

/// Compiles the prelude now.
pub(crate) fn warm() {
    baked();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_has_a_file() {
        assert!(global_names().all(|name| file_of(name).is_some()));
        assert_eq!(file_of("nothing"), None);
    }
}
