//! The files of the app, by their path in `web/dist`.

use std::borrow::Cow;
use std::path::{Component, Path};

use rust_embed::RustEmbed;
use sha2::{Digest as _, Sha256};

use crate::config::Config;

/// The files themselves. Without the folder there are none.
#[derive(RustEmbed)]
#[folder = "../../web/dist"]
#[allow_missing = true]
struct Dist;

/// One file.
pub(super) struct File {
    pub(super) bytes: Cow<'static, [u8]>,
    pub(super) sha256: [u8; 32],
}

/// Where the files are.
#[derive(Clone, Copy)]
pub(super) enum Files<'a> {
    /// In the binary.
    Embedded,
    /// In a folder of which each file is read when it is asked for.
    Folder(&'a Path),
}

impl<'a> Files<'a> {
    pub(super) fn of(config: &'a Config) -> Self {
        match config.web_dist.as_deref() {
            Some(told) => Self::Folder(told),
            // rust-embed would read the folder, too, but not one that was made after this was compiled.
            None if cfg!(debug_assertions) => Self::Folder(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../web/dist"))),
            None => Self::Embedded,
        }
    }

    /// The file at this path, which may come from anybody.
    pub(super) fn get(self, path: &str) -> Option<File> {
        if !is_plain(path) {
            return None;
        }
        match self {
            Self::Embedded => Dist::get(path).map(|file| File { sha256: file.metadata.sha256_hash(), bytes: file.data }),
            Self::Folder(folder) => {
                let bytes = std::fs::read(folder.join(path)).ok()?;
                Some(File { sha256: Sha256::digest(&bytes).into(), bytes: bytes.into() })
            }
        }
    }
}

/// Only names, one below the other: nothing that leads up, begins at the root or is hidden.
fn is_plain(path: &str) -> bool {
    let name = |part: Component<'_>| matches!(part, Component::Normal(name) if !name.as_encoded_bytes().starts_with(b"."));
    !path.is_empty() && !path.contains(['\\', '\0', ':']) && !path.split('/').any(str::is_empty) && Path::new(path).components().all(name)
}
