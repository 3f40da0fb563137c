//! Lists the SDK's TypeScript files so that the crate can embed them.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let sdk = Path::new(&env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?).join("../../sdk").canonicalize()?;
    let sources = sdk.join("src");
    println!("cargo:rerun-if-changed={}", sources.display());
    println!("cargo:rerun-if-changed={}", sdk.join("package.json").display());
    let mut files = Vec::new();
    collect(&sources, &mut files)?;
    files.sort();

    let mut list = String::from("pub(super) const SOURCES: &[(&str, &str)] = &[\n");
    for file in &files {
        let relative = file.strip_prefix(&sources).map_err(io::Error::other)?;
        let path = relative.to_string_lossy().replace('\\', "/");
        writeln!(list, "    ({path:?}, include_str!({:?})),", file.display().to_string()).map_err(io::Error::other)?;
    }
    list.push_str("];\n");
    let package = sdk.join("package.json").display().to_string();
    writeln!(list, "pub(super) const PACKAGE: &str = include_str!({package:?});").map_err(io::Error::other)?;
    fs::write(Path::new(&env::var("OUT_DIR").map_err(io::Error::other)?).join("sdk_sources.rs"), list)
}

/// Every `.ts` file below `directory` that holds code; declaration files describe the host and are for editors only.
fn collect(directory: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            collect(&path, files)?;
        } else if name.ends_with(".ts") && !name.ends_with(".d.ts") {
            files.push(path);
        }
    }
    Ok(())
}
