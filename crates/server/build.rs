//! Embeds `docs/errors/*.md`, so that a server can show the page of every code it answers with, and notices when the web app changed.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::{env, fs};

fn main() {
    let pages = PathBuf::from(env::var("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("../../docs/errors");
    println!("cargo:rerun-if-changed={}", pages.display());
    let mut files: Vec<PathBuf> =
        fs::read_dir(&pages).map(|dir| dir.filter_map(|entry| Some(entry.ok()?.path())).collect()).unwrap_or_default();
    files.retain(|file| file.extension().is_some_and(|e| e == "md") && file.file_stem().is_some_and(|stem| stem != "README"));
    files.sort();
    let mut out = String::from("static ERROR_PAGES: &[(&str, &str)] = &[\n");
    for file in files {
        let name = file.file_stem().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
        let path = file.canonicalize().expect("exists");
        let _ = writeln!(out, "({name:?}, include_str!({path:?})),");
    }
    out.push_str("];\n");
    watch_app();
    fs::write(PathBuf::from(env::var("OUT_DIR").expect("cargo sets it")).join("error_pages.rs"), out).expect("write");
}

/// A release carries the files of `web/dist`, of which the compiler knows only those that were there the last time. A debug build
/// reads them when they are asked for. A path that does not exist would have everything compiled anew each time.
fn watch_app() {
    let web = PathBuf::from(env::var("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("../../web");
    if env::var("PROFILE").is_ok_and(|profile| profile == "release") {
        let there = [web.join("dist"), web].into_iter().find(|path| path.exists());
        if let Some(path) = there {
            println!("cargo:rerun-if-changed={}", path.display());
        }
    }
}
