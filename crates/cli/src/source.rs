//! A workflow's directory, as `deploy` sends it.

mod outside;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::limits::{MAX_DEPTH, MAX_JSON_FILE_BYTES, MAX_UPLOAD_BYTES, MAX_UPLOAD_FILES};

pub use self::outside::read_with_siblings;

/// Directories that hold no source of the author's.
const SKIPPED: [&str; 2] = ["node_modules", "dist"];

/// What is sent: code, and `package.json`, which may name the entry.
const CODE: [&str; 9] = [".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs", ".json"];

/// JSON files that are for tools on this machine. Test data and configuration may hold secrets and never leave.
const LOCAL_JSON: [&str; 4] = ["test-data.json", "config.json", "package-lock.json", "tsconfig.json"];

/// Relative path with forward slashes → text.
pub type Files = BTreeMap<String, String>;

/// Reads the source files below `dir`, or the one file that `dir` names.
///
/// # Errors
/// The directory cannot be read, holds no source, or is too big to be a workflow.
pub fn read(dir: &Path) -> Result<Files, Failure> {
    let meta = fs::metadata(dir).map_err(|e| {
        Failure::new(Exit::Usage, "DIRECTORY_NOT_FOUND", format!("`{}` cannot be read", dir.display()))
            .why(e.to_string())
            .fix("Name the directory that holds workflow.ts; `millrace init NAME` makes one.")
    })?;
    let mut reader = Reader { files: Files::new(), bytes: 0 };
    if meta.is_file() {
        let name = dir.file_name().unwrap_or_default().to_string_lossy().into_owned();
        reader.take(dir, name, meta.len())?;
    } else {
        reader.walk(dir, "", 0)?;
    }
    if !reader.files.keys().any(|name| !name.ends_with(".json")) {
        return Err(Failure::new(Exit::Usage, "NO_SOURCE", format!("there is no workflow in `{}`", dir.display()))
            .why("it holds no TypeScript or JavaScript file")
            .fix("Name the directory that holds workflow.ts; `millrace init NAME` makes one."));
    }
    Ok(reader.files)
}

struct Reader {
    files: Files,
    bytes: u64,
}

impl Reader {
    fn walk(&mut self, dir: &Path, prefix: &str, depth: usize) -> Result<(), Failure> {
        if depth > MAX_DEPTH {
            return Err(too_large(format!("`{prefix}` is more than {MAX_DEPTH} directories deep")));
        }
        let unreadable = |e: std::io::Error| Failure::new(Exit::Usage, "FILE_UNREADABLE", format!("`{}` cannot be read", dir.display())).why(e.to_string());
        let mut entries: Vec<_> = fs::read_dir(dir).map_err(unreadable)?.collect::<Result<_, _>>().map_err(unreadable)?;
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with('.') {
                continue;
            }
            let path = format!("{prefix}{name}");
            // Links are followed to files only: a directory link may lead anywhere, or round in a circle.
            let Ok(meta) = fs::metadata(entry.path()) else { continue };
            let is_link = entry.file_type().is_ok_and(|t| t.is_symlink());
            if meta.is_dir() && !is_link && !SKIPPED.contains(&name.as_str()) {
                self.walk(&entry.path(), &format!("{path}/"), depth + 1)?;
            } else if meta.is_file() && is_source(&name) {
                self.take(&entry.path(), path, meta.len())?;
            }
        }
        Ok(())
    }

    fn take(&mut self, path: &Path, name: String, size: u64) -> Result<(), Failure> {
        self.bytes += size;
        if self.bytes > MAX_UPLOAD_BYTES {
            return Err(too_large(format!("with `{name}` it is more than {} MB of source", MAX_UPLOAD_BYTES / 1_000_000)));
        }
        if self.files.len() >= MAX_UPLOAD_FILES {
            return Err(too_large(format!("it holds more than {MAX_UPLOAD_FILES} source files")));
        }
        let bytes = fs::read(path).map_err(|e| Failure::new(Exit::Usage, "FILE_UNREADABLE", format!("`{name}` cannot be read")).why(e.to_string()))?;
        let text = String::from_utf8(bytes).map_err(|e| {
            Failure::new(Exit::Usage, "FILE_NOT_UTF8", format!("`{name}` is not text in UTF-8"))
                .why(format!("byte {} is not valid", e.utf8_error().valid_up_to()))
                .fix("Save it as UTF-8, or move it out of the workflow's directory.")
        })?;
        self.files.insert(name, text);
        Ok(())
    }
}

fn is_source(name: &str) -> bool {
    CODE.iter().any(|ending| name.ends_with(ending)) && !LOCAL_JSON.contains(&name) && !name.ends_with(".secret.json") && !name.ends_with(".d.ts")
}

fn too_large(why: String) -> Failure {
    Failure::new(Exit::Usage, "SOURCE_TOO_LARGE", "this is too large for a workflow")
        .why(why)
        .fix("Name the workflow's own directory. Data belongs into storage or behind an API, not into the source.")
}

/// A JSON file named on the command line; `-` is standard input.
///
/// # Errors
/// It cannot be read, is too large, or is not JSON.
pub fn read_json(path: &Path) -> Result<Value, Failure> {
    let shown = path.display().to_string();
    let unreadable = |e: std::io::Error| Failure::new(Exit::Usage, "FILE_UNREADABLE", format!("`{shown}` cannot be read")).why(e.to_string());
    let text = if shown == "-" {
        std::io::read_to_string(std::io::stdin()).map_err(unreadable)?
    } else {
        let size = fs::metadata(path).map_err(unreadable)?.len();
        if size > MAX_JSON_FILE_BYTES {
            let what = format!("`{shown}` is larger than {} MB", MAX_JSON_FILE_BYTES / 1_000_000);
            return Err(Failure::new(Exit::Usage, "FILE_TOO_LARGE", what).fix("Send less, or a link to it."));
        }
        fs::read_to_string(path).map_err(unreadable)?
    };
    serde_json::from_str(&text).map_err(|e| {
        // The parser's message names the place and never the content, which may be a secret.
        Failure::new(Exit::Usage, "FILE_NOT_JSON", format!("`{shown}` is not JSON")).why(e.to_string()).fix("Correct it at the place named above.")
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn tree(files: &[(&str, &str)]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = dir.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        dir
    }

    #[test]
    fn only_source_is_sent() {
        let dir = tree(&[
            ("workflow.ts", "a"), ("src/lib/x.mts", "b"), ("package.json", "{}"), ("README.md", "r"), ("test-data.json", "secret"),
            ("config.json", "secret"), (".env", "secret"), (".git/x.ts", "no"), ("node_modules/m/i.js", "no"), ("dist/w.js", "no"), ("logo.png", "no"),
        ]);
        let files = read(dir.path()).unwrap();
        assert_eq!(files.keys().collect::<Vec<_>>(), ["package.json", "src/lib/x.mts", "workflow.ts"]);
    }

    #[test]
    fn one_file_may_be_named() {
        let dir = tree(&[("flow.ts", "x"), ("other.ts", "y")]);
        assert_eq!(read(&dir.path().join("flow.ts")).unwrap(), Files::from([("flow.ts".to_owned(), "x".to_owned())]));
    }

    #[test]
    fn what_cannot_be_a_workflow_is_said_clearly() {
        let cases: [(tempfile::TempDir, &str); 3] = [
            (tree(&[("README.md", "r"), ("package.json", "{}")]), "NO_SOURCE"),
            (tree(&[("w.ts", &"x".repeat(usize::try_from(MAX_UPLOAD_BYTES).unwrap() + 1))]), "SOURCE_TOO_LARGE"),
            (tree(&[(&format!("{}w.ts", "d/".repeat(MAX_DEPTH + 2)), "x")]), "SOURCE_TOO_LARGE"),
        ];
        for (dir, code) in cases {
            assert_eq!(read(dir.path()).unwrap_err().code, code);
        }
        assert_eq!(read(Path::new("/no/such/place")).unwrap_err().code, "DIRECTORY_NOT_FOUND");
        let latin = tree(&[]);
        fs::write(latin.path().join("w.ts"), [0x61, 0xe9, 0x62]).unwrap();
        assert_eq!(read(latin.path()).unwrap_err().code, "FILE_NOT_UTF8");
    }

    #[test]
    fn a_circle_of_links_ends() {
        let dir = tree(&[("workflow.ts", "x")]);
        std::os::unix::fs::symlink(dir.path(), dir.path().join("again")).unwrap();
        assert_eq!(read(dir.path()).unwrap().len(), 1);
    }

    #[test]
    fn a_json_file_is_refused_with_its_place_and_without_its_content() {
        let dir = tree(&[("c.json", "{\"crmApiKey\": \"s3cret\",}")]);
        let failure = read_json(&dir.path().join("c.json")).unwrap_err();
        assert_eq!(failure.code, "FILE_NOT_JSON");
        let why = failure.why.unwrap();
        assert!(why.contains("line 1 column") && !why.contains("s3cret"), "{why}");
    }
}
