//! The author's files, and how one of them names another.

use std::collections::BTreeMap;

use crate::diagnostic::{Diagnostic, Severity};
use crate::limits::MAX_PATH_BYTES;

/// A directory of source text, as uploaded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SourceTree {
    /// Relative POSIX path → text. Files that are not source (`test-data.json`, `README.md`) may be there and are ignored.
    pub files: BTreeMap<String, String>,
}

/// Extensions tried for a specifier without one, in this order.
const EXTENSIONS: [&str; 6] = [".ts", ".tsx", ".mts", ".js", ".mjs", ".jsx"];

/// What a written extension stands for: TypeScript asks authors to write the name of the output file.
const STANDS_FOR: [(&str, &[&str]); 4] =
    [(".js", &[".ts", ".tsx"]), (".jsx", &[".tsx"]), (".mjs", &[".mts"]), (".cjs", &[".cts"])];

/// Entry files that are found without being named, in this order.
const CONVENTIONAL_ENTRIES: [&str; 4] = ["workflow.ts", "src/workflow.ts", "index.ts", "src/index.ts"];

/// Names of the project configuration module, in this order.
pub(crate) const CONFIG_FILES: [&str; 4] =
    ["millrace.config.ts", "workway.config.ts", "millrace.config.js", "workway.config.js"];

impl SourceTree {
    /// A tree of one file, `workflow.ts`.
    #[must_use]
    pub fn single(text: impl Into<String>) -> Self {
        Self { files: BTreeMap::from([("workflow.ts".to_owned(), text.into())]) }
    }

    /// A tree of the given files.
    #[must_use]
    pub fn of<P: Into<String>, T: Into<String>>(files: impl IntoIterator<Item = (P, T)>) -> Self {
        Self { files: files.into_iter().map(|(p, t)| (p.into(), t.into())).collect() }
    }

    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(String::as_str)
    }

    /// The configuration module, if there is one.
    pub(crate) fn config(&self) -> Option<&'static str> {
        CONFIG_FILES.into_iter().find(|name| self.files.contains_key(*name))
    }

    /// Paths this crate cannot use as module names, each with the reason.
    pub(crate) fn bad_paths(&self) -> Vec<Diagnostic> {
        let bad = |path: &str| -> Option<&str> {
            if path.len() > MAX_PATH_BYTES {
                Some("is too long")
            } else if path.starts_with('/') || path.contains('\\') {
                Some("must be relative, with forward slashes")
            } else if path.chars().any(char::is_control) {
                Some("contains control characters")
            } else if path.starts_with("@millrace/") {
                // The sandbox gives modules of this name the host's powers.
                Some("uses a name that is reserved for the SDK")
            } else if path.split('/').any(|part| matches!(part, "" | "." | "..")) {
                Some("must not contain empty, `.` or `..` segments")
            } else {
                None
            }
        };
        let shown = |path: &str| path.chars().take(120).collect::<String>().escape_debug().to_string();
        let finding = |path: &String| {
            let reason = bad(path)?;
            let message = format!("The path `{}` {reason}.", shown(path));
            Some(Diagnostic::of_file("INVALID_PATH", Severity::Error, &shown(path), message))
        };
        self.files.keys().filter_map(finding).collect()
    }

    /// The module to start from: the one asked for, else the one `package.json` names, else a conventional one, else the
    /// only candidate there is.
    pub(crate) fn entry(&self, asked: Option<&str>) -> Result<String, Diagnostic> {
        if let Some(asked) = asked {
            let path = normalise(asked).filter(|path| self.files.contains_key(path));
            return path.ok_or_else(|| self.no_entry(format!("There is no file `{asked}`.")));
        }
        let package = self.text("package.json").and_then(|text| serde_json::from_str::<serde_json::Value>(text).ok());
        if let Some(package) = &package {
            let named = package.pointer("/millrace/entry").or_else(|| package.get("millrace.entry"));
            if let Some(named) = named.and_then(|v| v.as_str()) {
                let message = format!("package.json names `{named}` as the workflow's entry, and there is no such file.");
                return self.resolve_path(named).ok_or_else(|| self.no_entry(message));
            }
            // `main` usually names build output, which is not uploaded; then the conventions below decide.
            if let Some(path) = package.get("main").and_then(|v| v.as_str()).and_then(|m| self.resolve_path(m)) {
                return Ok(path);
            }
        }
        if let Some(path) = CONVENTIONAL_ENTRIES.into_iter().find(|path| self.files.contains_key(*path)) {
            return Ok(path.to_owned());
        }
        for directory in ["src/", ""] {
            match self.candidates(directory)[..] {
                [] => {}
                [only] => return Ok(only.to_owned()),
                _ => return Err(self.no_entry("It is not clear which of the TypeScript files is the workflow.".to_owned())),
            }
        }
        Err(self.no_entry("There is no workflow here: no TypeScript file was found.".to_owned()))
    }

    fn no_entry(&self, message: String) -> Diagnostic {
        Diagnostic::of_file("FILE_NOT_FOUND", Severity::Error, "", message)
            .suggest("Name the file `workflow.ts`, or set {\"millrace\": {\"entry\": \"path/to/file.ts\"}} in package.json.")
    }

    /// Files directly in `directory` that could be a workflow.
    fn candidates(&self, directory: &str) -> Vec<&str> {
        let is_source = |name: &str| {
            name.ends_with(".ts")
                && ![".d.ts", ".test.ts", ".spec.ts", ".config.ts"].iter().any(|suffix| name.ends_with(suffix))
        };
        let inside = |path: &&str| path.strip_prefix(directory).is_some_and(|name| !name.contains('/') && is_source(name));
        self.files.keys().map(String::as_str).filter(inside).collect()
    }

    /// The file that `specifier`, written in the module `from`, means; `None` when there is none.
    pub(crate) fn resolve(&self, from: &str, specifier: &str) -> Option<String> {
        let directory = from.rfind('/').map_or("", |slash| &from[..slash]);
        self.resolve_path(&format!("{directory}/{specifier}"))
    }

    /// The file that a path without its true extension means.
    fn resolve_path(&self, path: &str) -> Option<String> {
        let path = normalise(path)?;
        let exists = |candidate: String| self.files.contains_key(&candidate).then_some(candidate);
        // The TypeScript file wins over a build product of the same name beside it.
        for (written, sources) in STANDS_FOR {
            if let Some(stem) = path.strip_suffix(written)
                && let Some(found) = sources.iter().find_map(|source| exists(format!("{stem}{source}")))
            {
                return Some(found);
            }
        }
        let has_extension = path.rsplit('/').next().is_some_and(|name| EXTENSIONS.iter().any(|e| name.ends_with(e)));
        let is_json = path.ends_with(".json");
        if (has_extension || is_json) && self.files.contains_key(&path) {
            return Some(path);
        }
        let index = if path.is_empty() { "index".to_owned() } else { format!("{path}/index") };
        [path, index].iter().find_map(|stem| EXTENSIONS.iter().find_map(|e| exists(format!("{stem}{e}"))))
    }

    /// A file of the tree that the author may have meant, for the suggestion of an unresolved import.
    pub(crate) fn near(&self, from: &str, specifier: &str) -> Option<&str> {
        let wanted = specifier.rsplit('/').next()?;
        let stem = |name: &str| name.split('.').next().unwrap_or_default().to_ascii_lowercase().replace(['-', '_'], "");
        let wanted = stem(wanted);
        let named = |path: &&String| path.rsplit('/').next().is_some_and(|name| stem(name) == wanted);
        self.files.keys().filter(|path| path.as_str() != from).find(named).map(String::as_str)
    }
}

/// Resolves `.` and `..`; `None` when the path leaves the tree.
fn normalise(path: &str) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}
