//! Writing a connector's directory: whole or not at all, and never over somebody's files unasked.

use std::fs;
use std::path::{Path, PathBuf};

use millrace_openapi::Imported;

use crate::exit::Exit;
use crate::failure::Failure;

/// Writes the files under `<out>/<service>`. The service's name has been checked: it holds no separator.
pub(super) fn write(out: &Path, service: &str, imported: &Imported, force: bool) -> Result<PathBuf, Failure> {
    let dir = out.join(service);
    if dir.exists() && !force {
        return Err(Failure::new(Exit::Usage, "FILE_EXISTS", format!("`{}` exists already", dir.display()))
            .why("import does not overwrite unasked")
            .fix("Choose another name with --service, or write over it with --force."));
    }
    if dir.exists() {
        fill(&dir, service, imported)?;
        return Ok(dir);
    }
    // Beside its place first: a directory that is there is complete.
    let staged = out.join(format!(".{service}.importing"));
    let _ = fs::remove_dir_all(&staged);
    let filled = fill(&staged, service, imported).and_then(|()| fs::rename(&staged, &dir).map_err(|e| unwritable(&dir, &e)));
    if filled.is_err() {
        let _ = fs::remove_dir_all(&staged);
    }
    filled.map(|()| dir)
}

fn fill(dir: &Path, service: &str, imported: &Imported) -> Result<(), Failure> {
    let fixtures = dir.join("fixtures");
    fs::create_dir_all(&fixtures).map_err(|e| unwritable(&fixtures, &e))?;
    let put = |path: PathBuf, text: &str| fs::write(&path, text).map_err(|e| unwritable(&path, &e));
    put(dir.join("connector.yaml"), &imported.connector)?;
    put(dir.join(format!("{service}.d.ts")), &imported.types)?;
    for (name, text) in &imported.fixtures {
        put(fixtures.join(name), text)?;
    }
    Ok(())
}

fn unwritable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(Exit::Failed, "FILE_UNWRITABLE", format!("`{}` cannot be written", path.display())).why(error.to_string())
}
