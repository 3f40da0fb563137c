//! The document: a file, standard input, or an https address.

use std::time::Duration;

use millrace_openapi::limits::DOCUMENT_BYTES;

use crate::exit::Exit;
use crate::failure::Failure;

/// Time for a download: the largest documents have tens of megabytes.
const TIME: Duration = Duration::from_secs(120);

/// Reads the document's text. Plain http is refused: what is imported says where credentials go.
pub(super) async fn read(source: &str) -> Result<String, Failure> {
    if source.starts_with("https://") {
        return download(source).await;
    }
    if source.contains("://") {
        return Err(Failure::new(Exit::Usage, "ADDRESS_INVALID", format!("`{source}` is no https address")).fix("Name a file, or an https address."));
    }
    let unreadable = |e: std::io::Error| Failure::new(Exit::Usage, "FILE_UNREADABLE", format!("`{source}` cannot be read")).why(e.to_string());
    if source == "-" {
        return std::io::read_to_string(std::io::stdin()).map_err(unreadable);
    }
    let size = std::fs::metadata(source).map_err(unreadable)?.len();
    if size > DOCUMENT_BYTES as u64 {
        return Err(too_large(source));
    }
    std::fs::read_to_string(source).map_err(unreadable)
}

async fn download(source: &str) -> Result<String, Failure> {
    let failed = |e: reqwest::Error| Failure::new(Exit::Unavailable, "DOWNLOAD_FAILED", format!("`{source}` cannot be downloaded")).why(e.to_string());
    let client = reqwest::Client::builder().https_only(true).timeout(TIME).redirect(reqwest::redirect::Policy::limited(5));
    let client = client.user_agent(concat!("millrace-cli/", env!("CARGO_PKG_VERSION"))).build().map_err(failed)?;
    let mut response = client.get(source).send().await.and_then(reqwest::Response::error_for_status).map_err(failed)?;
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(failed)? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > DOCUMENT_BYTES {
            return Err(too_large(source));
        }
    }
    String::from_utf8(bytes).map_err(|_| Failure::new(Exit::Usage, "FILE_UNREADABLE", format!("`{source}` is not UTF-8 text")))
}

fn too_large(source: &str) -> Failure {
    Failure::new(Exit::Usage, "FILE_TOO_LARGE", format!("`{source}` is larger than {} MB", DOCUMENT_BYTES / 1_048_576)).fix("Cut the document.")
}
