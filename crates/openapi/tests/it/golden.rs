//! Whole documents and the files that come of them. `MILLRACE_UPDATE_GOLDEN=1` writes the files anew.

use std::path::PathBuf;

use millrace_openapi::{Options, import};

use crate::support::holds;

fn golden(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

#[tokio::test]
async fn documents_of_every_version_become_what_they_became_before() {
    for (file, version) in [("books-3.1.yaml", "3.1"), ("books-2.0.json", "2.0")] {
        let text = std::fs::read_to_string(golden(file)).unwrap();
        let imported = import(&text, &Options { service: "shop".to_owned(), ..Options::default() }).unwrap_or_else(|e| panic!("{version}: {e}"));
        holds(&imported).await;
        let stem = file.rsplit_once('.').unwrap().0;
        let (first, fixture) = imported.fixtures.iter().next().unwrap();
        for (end, made) in [("connector.yaml", &imported.connector), ("types.d.ts", &imported.types), (first.as_str(), fixture)] {
            let path = golden(&format!("{stem}.{end}"));
            if std::env::var_os("MILLRACE_UPDATE_GOLDEN").is_some() {
                std::fs::write(&path, made).unwrap();
            }
            let expected = std::fs::read_to_string(&path).unwrap_or_default();
            assert_eq!(*made, expected, "{}", path.display());
        }
    }
}
