//! Embeds every `connectors/<service>/connector.yaml` of the repository, so that adding a connector touches no Rust.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    let manifest = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR"));
    let root = manifest.join("../../connectors");
    println!("cargo::rerun-if-changed={}", root.display());
    let mut files: Vec<(String, PathBuf)> = fs::read_dir(&root)
        .expect("the repository has a connectors directory")
        .filter_map(|entry| {
            let dir = entry.ok()?.path();
            let file = dir.join("connector.yaml");
            let service = dir.file_name()?.to_str()?.to_owned();
            file.is_file().then_some((service, file))
        })
        .collect();
    files.sort();
    let mut code = String::from("pub(crate) const FILES: &[(&str, &str)] = &[\n");
    for (service, file) in &files {
        println!("cargo::rerun-if-changed={}", file.display());
        let path = fs::canonicalize(file).expect("the file was just listed");
        writeln!(code, "    (\"connectors/{service}/connector.yaml\", include_str!({:?})),", path.display().to_string())
            .expect("writing to a String cannot fail");
    }
    code.push_str("];\n");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    fs::write(Path::new(&out).join("builtin.rs"), code).expect("OUT_DIR is writable");
}
