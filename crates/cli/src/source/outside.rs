//! What a workflow imports from beside its own directory: `../_shared/texts.js`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use regex::Regex;

use super::{Files, Reader, is_source, read};
use crate::failure::Failure;

/// Relative specifiers of static imports and exports. What only looks like one costs a look at the disk.
static SPECIFIER: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r#"(?:from|import)\s*['"](\.\.?/[^'"\n]+)['"]"#).ok());

/// Names that a workflow's own file usually has, as the server looks for them.
const ENTRIES: [&str; 4] = ["workflow.ts", "index.ts", "src/workflow.ts", "src/index.ts"];

/// As [`read`], with the files that are imported from outside. Then all paths begin at the folder that holds everything, and the
/// entry is named.
///
/// # Errors
/// As [`read`].
pub fn read_with_siblings(dir: &Path) -> Result<(Files, Option<String>), Failure> {
    let own = read(dir)?;
    let levels = own.iter().flat_map(|(name, text)| outside(name, text)).map(|(levels, _)| levels).max().unwrap_or(0);
    let here = if dir.is_file() { dir.parent().unwrap_or(Path::new(".")) } else { dir };
    let Ok(here) = here.canonicalize() else { return Ok((own, None)) };
    let Some(root) = here.ancestors().nth(levels).filter(|root| levels > 0 && root.parent().is_some()) else { return Ok((own, None)) };
    let Ok(prefix) = here.strip_prefix(root) else { return Ok((own, None)) };
    let prefix = prefix.to_string_lossy().replace('\\', "/");
    let entry = entry(&own).map(|name| format!("{prefix}/{name}"));
    let bytes = own.values().map(|text| text.len() as u64).sum();
    let mut reader = Reader { files: own.into_iter().map(|(name, text)| (format!("{prefix}/{name}"), text)).collect(), bytes };
    let mut looked: BTreeSet<PathBuf> = BTreeSet::new();
    let mut names: Vec<String> = reader.files.keys().cloned().collect();
    while let Some(name) = names.pop() {
        let text = reader.files.get(&name).cloned().unwrap_or_default();
        for specifier in specifiers(&text) {
            let Some(path) = joined(&name, &specifier) else { continue };
            let found = candidates(&path).into_iter().find(|path| reader.files.contains_key(path) || root.join(path).is_file());
            let Some(path) = found.filter(|path| !reader.files.contains_key(path) && is_source(path.rsplit('/').next().unwrap_or_default())) else { continue };
            let place = root.join(&path);
            if looked.insert(place.clone()) {
                let size = std::fs::metadata(&place).map_or(0, |meta| meta.len());
                reader.take(&place, path.clone(), size)?;
                names.push(path);
            }
        }
    }
    Ok((reader.files, entry))
}

fn specifiers(text: &str) -> Vec<String> {
    SPECIFIER.iter().flat_map(|expression| expression.captures_iter(text)).filter_map(|found| Some(found.get(1)?.as_str().to_owned())).collect()
}

/// Imports that leave the directory, and by how many levels.
fn outside(name: &str, text: &str) -> Vec<(usize, String)> {
    let depth = name.matches('/').count();
    let up = |specifier: &str| specifier.split('/').take_while(|part| *part == "..").count();
    specifiers(text).into_iter().map(|specifier| (up(&specifier).saturating_sub(depth), specifier)).filter(|(levels, _)| *levels > 0).collect()
}

/// The path that a specifier means, from the root; nothing when it leads out of it.
fn joined(from: &str, specifier: &str) -> Option<String> {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in specifier.split('/') {
        match part {
            "." | "" => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// Files that a path may mean: `./texts.js` is written for `texts.ts`.
fn candidates(path: &str) -> Vec<String> {
    let bare = path.strip_suffix(".js").or_else(|| path.strip_suffix(".ts")).unwrap_or(path);
    vec![path.to_owned(), format!("{bare}.ts"), format!("{bare}.js"), format!("{bare}/index.ts")]
}

fn entry(files: &Files) -> Option<String> {
    let package = files.get("package.json").and_then(|text| serde_json::from_str::<serde_json::Value>(text).ok());
    let named = package.and_then(|package| package.pointer("/millrace/entry").and_then(|entry| entry.as_str()).map(str::to_owned));
    let usual = || ENTRIES.iter().find(|name| files.contains_key(**name)).map(|name| (*name).to_owned());
    let only = || {
        let mut code = files.keys().filter(|name| name.ends_with(".ts") && !name.contains('/') && !name.ends_with(".d.ts") && !name.ends_with(".config.ts"));
        code.next().filter(|_| code.next().is_none()).cloned()
    };
    named.or_else(usual).or_else(only)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn imports_from_beside_come_along_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = dir.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write("all/one/workflow.ts", "import { a } from '../_shared/texts.js';\nexport default a;");
        write("all/one/millrace.config.ts", "export default {};");
        write("all/_shared/texts.ts", "export { b as a } from './more';");
        write("all/_shared/more.ts", "export const b = 1;");
        write("all/_shared/unused.ts", "");
        write("all/two/workflow.ts", "");
        write("all/secret.txt", "");
        let (files, entry) = read_with_siblings(&dir.path().join("all/one")).unwrap();
        let names: Vec<&str> = files.keys().map(String::as_str).collect();
        assert_eq!(names, ["_shared/more.ts", "_shared/texts.ts", "one/millrace.config.ts", "one/workflow.ts"]);
        assert_eq!(entry.as_deref(), Some("one/workflow.ts"));
        let (files, entry) = read_with_siblings(&dir.path().join("all/two")).unwrap();
        assert_eq!((files.len(), entry), (1, None), "without such imports nothing changes");
    }

    #[test]
    fn specifiers_cannot_lead_out_of_the_root() {
        assert_eq!(joined("a/b.ts", "../c.js").as_deref(), Some("c.js"));
        assert_eq!(joined("a/b.ts", "../../c.js"), None);
    }
}
