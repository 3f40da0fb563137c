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

/// Names on the global object that are evaluated on first touch.
fn global_names() -> impl Iterator<Item = &'static str> {
    lazy_files().flat_map(|file| file.globals.iter().copied())
}

/// Which lazy names the modules can possibly touch. Putting a name in place costs a microsecond in every run, so only
/// these are. A module is strict, so without the word `globalThis` it reaches a global only by writing its name, plainly
/// or with escapes.
pub(crate) fn globals_in(modules: &[ProgramModule]) -> Vec<String> {
    let has = |word: &str| modules.iter().any(|module| module.code.contains(word));
    let any = has("globalThis") || has("\\u");
    global_names().filter(|name| any || has(name)).map(str::to_owned).collect()
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
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn module(code: &str) -> [ProgramModule; 1] {
        [ProgramModule { name: "main.js".into(), code: code.into() }]
    }

    #[test]
    fn only_names_that_can_be_touched_are_put_in_place() {
        assert_eq!(globals_in(&module("export default 1;")), Vec::<String>::new());
        assert_eq!(globals_in(&module("console.log(1)")), ["console"]);
        let all = global_names().count();
        assert_eq!(globals_in(&module("globalThis['fet' + 'ch']")).len(), all);
        assert_eq!(globals_in(&module("f\\u0065tch()")).len(), all);
    }

    #[test]
    fn every_name_has_a_file() {
        assert!(global_names().all(|name| file_of(name).is_some()));
        assert_eq!(file_of("nothing"), None);
    }
}
