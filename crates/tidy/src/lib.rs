//! Tests that read this tree: what people agreed on and no compiler checks.
//!
//! The rules are in `tests/tidy.rs`; this is how they look at the tree.

use std::fs;
use std::path::{Path, PathBuf};

/// The root of the repository.
#[must_use]
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).map(Path::to_owned).unwrap_or_default()
}

/// One file: its path relative to the root, and its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Relative path with forward slashes.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// Directories that hold no source of ours.
const SKIPPED: [&str; 5] = ["target", "node_modules", "data", "dist", ".git"];

/// All text files below `under` whose names end with one of `endings`, in order of their paths.
#[must_use]
pub fn files(under: &str, endings: &[&str]) -> Vec<File> {
    let mut found = Vec::new();
    walk(&root(), Path::new(under), endings, &mut found);
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

fn walk(root: &Path, under: &Path, endings: &[&str], found: &mut Vec<File>) {
    let Ok(entries) = fs::read_dir(root.join(under)) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = under.join(&name);
        if entry.path().is_dir() {
            if !SKIPPED.contains(&name.as_str()) {
                walk(root, &path, endings, found);
            }
        } else if endings.iter().any(|ending| name.ends_with(ending))
            && let Ok(text) = fs::read_to_string(entry.path())
        {
            found.push(File { path: path.to_string_lossy().replace('\\', "/"), text });
        }
    }
}

impl File {
    /// Whether it is only compiled for tests.
    #[must_use]
    pub fn is_test(&self) -> bool {
        self.path.contains("/tests/") || self.path.ends_with("/tests.rs") || self.path.contains("/benches/")
    }

    /// Its Rust text without the test module at its end, which our files keep last.
    #[must_use]
    pub fn product_text(&self) -> &str {
        match self.text.find("#[cfg(test)]\nmod ") {
            Some(at) if self.text[at..].contains('{') => &self.text[..at],
            _ => &self.text,
        }
    }

    /// The string literals of the product part, without escapes being resolved. Comments and raw strings are left out.
    #[must_use]
    pub fn literals(&self) -> Vec<&str> {
        self.product_text().lines().filter(|line| !line.trim_start().starts_with("//")).flat_map(literals_of_line).collect()
    }
}

fn literals_of_line(line: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = line;
    while let Some(start) = rest.find('"') {
        let inside = &rest[start + 1..];
        let Some(end) = inside.find('"') else { break };
        found.push(&inside[..end]);
        rest = &inside[end + 1..];
    }
    found
}

/// The names of our crates that a crate depends on, from its manifest's `[dependencies]`.
#[must_use]
pub fn own_dependencies(manifest: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut inside = false;
    for line in manifest.lines().map(str::trim) {
        if line.starts_with('[') {
            inside = line == "[dependencies]";
        } else if inside
            && let Some(rest) = line.strip_prefix("millrace-")
        {
            names.push(rest.split(['.', ' ', '=']).next().unwrap_or_default().to_owned());
        }
    }
    names
}

/// The arrows of ARCHITECTURE.md's table: crate → what it may depend on.
#[must_use]
pub fn permitted(architecture: &str) -> Vec<(String, Vec<String>)> {
    let mut rows: Vec<(String, Vec<String>)> = Vec::new();
    // Other tables follow; this one ends with the section.
    let section = architecture.split("\n## ").find(|part| part.contains("may depend on")).unwrap_or(architecture);
    for line in section.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let [_, name, _, may, _] = cells[..] else { continue };
        let before: Vec<String> = rows.iter().map(|(name, _)| name.clone()).collect();
        let targets = match may {
            "all above" => before,
            "nothing" | "nothing of ours" => Vec::new(),
            list => list.split(',').map(|name| name.trim().to_owned()).collect(),
        };
        rows.push((name.trim_matches('`').to_owned(), targets));
    }
    rows
}

/// Whether a text has the shape of a stable error code: capital words joined by underscores.
#[must_use]
pub fn is_code(text: &str) -> bool {
    let word = |w: &str| !w.is_empty() && w.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    text.len() >= 6 && text.contains('_') && text.split('_').all(word) && text.starts_with(|c: char| c.is_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_and_the_table_are_read() {
        let manifest = "[package]\nname = \"millrace-x\"\n[dependencies]\nmillrace-db.workspace = true\nmillrace-ids = { path = \"x\" }\n[dev-dependencies]\nmillrace-server.workspace = true\n";
        assert_eq!(own_dependencies(manifest), ["db", "ids"]);
        let table = "| crate | owns | may depend on |\n|---|---|---|\n| `a` | x | nothing of ours |\n| `b` | y | a |\n| `c` | z | all above |\n";
        let names = |all: &[&str]| all.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>();
        assert_eq!(permitted(table), [("a".to_owned(), vec![]), ("b".to_owned(), names(&["a"])), ("c".to_owned(), names(&["a", "b"]))]);
    }

    #[test]
    fn codes_and_literals_are_recognised() {
        for (text, yes) in [("NOT_FOUND", true), ("SHA_256_X", true), ("not_found", false), ("NOT-FOUND", false), ("_A_BCD", false), ("NOTFOUND", false), ("A__BCD", false)] {
            assert_eq!(is_code(text), yes, "{text}");
        }
        let file = File { path: "x.rs".into(), text: "// \"COMMENT_ED\"\nf(\"ONE_TWO\", \"b\");\n#[cfg(test)]\nmod tests { g(\"IN_TEST\") }".into() };
        assert_eq!(file.literals(), ["ONE_TWO", "b"]);
    }
}
