//! Embeds `migrations/{sqlite,postgres}/NNNN_name.sql` and refuses a number that one side lacks.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(dir)
        .unwrap_or_else(|e| panic!("{}: {e}", dir.display()))
        .filter_map(|f| f.ok()?.file_name().into_string().ok())
        .filter(|n| n.ends_with(".sql"))
        .collect();
    names.sort();
    names
}

fn main() {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("../../migrations");
    let (sqlite, postgres) = (root.join("sqlite"), root.join("postgres"));
    println!("cargo:rerun-if-changed={}", sqlite.display());
    println!("cargo:rerun-if-changed={}", postgres.display());
    let files = names(&sqlite);
    assert_eq!(files, names(&postgres), "migrations/sqlite and migrations/postgres must hold the same file names");
    let mut out = String::from("static MIGRATIONS: &[Migration] = &[\n");
    let mut before = 0;
    for file in &files {
        let (number, name) = file.trim_end_matches(".sql").split_once('_').expect("NNNN_name.sql");
        let number: usize = number.parse().expect("NNNN");
        // A gap is a number promised to work that has not arrived yet; two steps never share one.
        assert!(number > before, "migration numbers rise: {file}");
        before = number;
        let (s, p) = (sqlite.join(file).canonicalize(), postgres.join(file).canonicalize());
        let (s, p) = (s.expect("exists"), p.expect("exists"));
        let _ = writeln!(out, "Migration {{ number: {number}, name: {name:?}, sqlite: include_str!({s:?}), postgres: include_str!({p:?}) }},");
    }
    out.push_str("];\n");
    fs::write(PathBuf::from(env::var("OUT_DIR").expect("cargo sets it")).join("migrations.rs"), out).expect("write");
}
