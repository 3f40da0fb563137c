//! `millrace connector`: connector directories, made and checked here; no server is asked.

mod check;
mod fetch;
mod import;
mod place;

use clap::Subcommand;

use crate::failure::Failure;
use crate::terminal::Terminal;

/// What can be done with connector directories.
#[derive(Debug, Subcommand)]
pub enum Action {
    /// Make a connector, its types and its contract tests from an OpenAPI document
    Import(import::Args),
    /// Load a connector's directory, or a directory of them, and play its fixtures
    Check(check::Args),
}

/// Does it.
pub async fn perform(terminal: Terminal, action: Action) -> Result<(), Failure> {
    match action {
        Action::Import(args) => import::perform(terminal, args).await,
        Action::Check(args) => check::perform(terminal, &args).await,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(subcommand)]
        action: Action,
    }

    async fn run(line: &[&str]) -> Result<(), Failure> {
        perform(Terminal::plain(), Line::parse_from(std::iter::once("connector").chain(line.iter().copied())).action).await
    }

    #[tokio::test]
    async fn a_document_becomes_a_directory_that_holds_and_is_not_overwritten() {
        let dir = tempfile::tempdir().unwrap();
        let document = dir.path().join("api.yaml");
        std::fs::write(&document, "openapi: 3.0.0\ninfo: {title: Acme, version: '1'}\nservers: [{url: 'https://api.acme.test'}]\npaths:\n  /pets: {get: {responses: {200: {content: {application/json: {schema: {type: array, items: {type: object}}}}}}}}\n").unwrap();
        let (document, out) = (document.to_str().unwrap(), dir.path().join("connectors"));
        let out = out.to_str().unwrap();
        let import = ["import", document, "--service", "acme", "--out", out];
        run(&import).await.unwrap();
        let made: Vec<String> = std::fs::read_dir(out).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        assert_eq!(made, ["acme"], "nothing stays behind");
        for name in ["connector.yaml", "acme.d.ts", "fixtures/pets.list.json"] {
            assert!(std::path::Path::new(out).join("acme").join(name).is_file(), "{name}");
        }
        run(&["check", out]).await.unwrap();
        assert_eq!(run(&import).await.unwrap_err().code, "FILE_EXISTS");
        run(&[&import[..], &["--force"]].concat()).await.unwrap();
        std::fs::write(std::path::Path::new(out).join("acme/fixtures/pets.list@broken.json"), "{}").unwrap();
        assert_eq!(run(&["check", &format!("{out}/acme")]).await.unwrap_err().code, "FIXTURES_DIFFER");
    }

    #[tokio::test]
    async fn what_cannot_be_read_is_said() {
        let dir = tempfile::tempdir().unwrap();
        let out = dir.path().to_str().unwrap();
        for (document, service, code) in [("http://x.test/a.yaml", "acme", "ADDRESS_INVALID"), ("/nowhere.yaml", "acme", "FILE_UNREADABLE")] {
            assert_eq!(run(&["import", document, "--service", service, "--out", out]).await.unwrap_err().code, code);
        }
        assert_eq!(run(&["check", out]).await.unwrap_err().code, "DIRECTORY_NOT_FOUND");
        assert!(std::fs::read_dir(out).unwrap().next().is_none());
    }
}
