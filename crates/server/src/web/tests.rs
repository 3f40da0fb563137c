//! The app as browsers get it, from a folder made for the tests.
#![allow(clippy::unwrap_used)]

use std::fs;

use http::HeaderMap;
use millrace_db::testing;
use serde_json::{Value, json};

use crate::installations::fixture::{Answer, Bench};
use crate::sign_in::fixture::Site;

const INDEX: &str = "<!doctype html><script nonce=\"__CSP_NONCE__\" src=\"/assets/app-a1B_-3D4.js\"></script><style nonce=\"__CSP_NONCE__\"></style>";
const BROWSER: &str = "text/html,application/xhtml+xml,*/*;q=0.8";

/// A folder as the build leaves it, and beside it a file that is nobody's business.
fn built() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir_all(dir.path().join("dist/assets")).unwrap();
    for (name, text) in [
        ("dist/index.html", INDEX),
        ("dist/favicon.svg", "<svg xmlns='http://www.w3.org/2000/svg'/>"),
        ("dist/.hidden", "hidden"),
        ("dist/assets/app-a1B_-3D4.js", "plain"),
        ("dist/assets/app-a1B_-3D4.js.br", "brotli"),
        ("dist/assets/app-a1B_-3D4.js.gz", "gzip"),
        ("dist/assets/text-Zz345678.woff2", "font"),
        ("dist/assets/logo-explorer.svg", "<svg xmlns='http://www.w3.org/2000/svg'/>"),
        ("secret.js", "secret"),
    ] {
        fs::write(dir.path().join(name), text).unwrap();
    }
    dir
}

struct Served {
    bench: Bench,
    dir: tempfile::TempDir,
}

impl Served {
    async fn new() -> Self {
        let dir = built();
        let dist = dir.path().join("dist");
        let bench = Bench::with(testing::sqlite().await, &[("MILLRACE_WEB_DIST", dist.to_str().unwrap()), ("MILLRACE_PUBLIC_URL", "https://millrace.example")]).await;
        Self { bench, dir }
    }

    async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.bench.send("GET", path, Vec::new(), headers).await
    }
}

#[track_caller]
fn header<'h>(headers: &'h HeaderMap, name: &str) -> &'h str {
    headers.get(name).map_or("", |value| value.to_str().unwrap())
}

fn nonce(answer: &Answer) -> String {
    let policy = header(&answer.headers, "content-security-policy");
    policy.split("'nonce-").nth(1).unwrap().split('\'').next().unwrap().to_owned()
}

#[tokio::test]
async fn one_page_is_served_for_every_place_in_the_app() {
    let served = Served::new().await;
    let mut seen = std::collections::BTreeSet::new();
    for path in ["/app", "/app/runs/run_1?tab=logs", "/app/a/b/c.d", "/workflows/private/x/configure", "/workflows/x", "/install?code=A"] {
        let page = served.get(path, &[]).await;
        assert_eq!(page.status, 200, "{path}");
        let (nonce, headers) = (nonce(&page), &page.headers);
        assert_eq!(header(headers, "content-type"), "text/html; charset=utf-8");
        assert_eq!(header(headers, "cache-control"), "no-cache");
        assert_eq!(header(headers, "x-content-type-options"), "nosniff");
        assert_eq!(header(headers, "referrer-policy"), "no-referrer", "tokens are in addresses");
        assert_eq!(
            header(headers, "content-security-policy"),
            format!("default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data: https:; font-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'")
        );
        assert_eq!(page.body, INDEX.replace("__CSP_NONCE__", &nonce));
        // A browser that kept a page could not use it with another word, so it must not be told that nothing changed.
        assert!(!headers.contains_key("etag") && !headers.contains_key("last-modified"));
        assert!(nonce.len() >= 22 && seen.insert(nonce), "each answer has a word of its own");
    }
    let head = served.bench.send("HEAD", "/app", Vec::new(), &[]).await;
    assert_eq!((head.status, head.body), (200, json!("")));
    assert_eq!(served.bench.send("POST", "/app", Vec::new(), &[]).await.refusal(), (405, "METHOD_NOT_ALLOWED"));
    assert_eq!(served.get("/application", &[]).await.refusal(), (404, "UNKNOWN_ROUTE"));
}

#[tokio::test]
async fn files_are_kept_forever_and_sent_as_small_as_can_be() {
    let served = Served::new().await;
    let path = "/assets/app-a1B_-3D4.js";
    let mut tags = std::collections::BTreeSet::new();
    for (accepted, encoding, body) in [
        ("", "", "plain"),
        ("gzip, deflate, br, zstd", "br", "brotli"),
        ("gzip", "gzip", "gzip"),
        ("br;q=0, gzip;q=0.5", "gzip", "gzip"),
        ("br;q=0, gzip;q=0.0", "", "plain"),
        ("*", "br", "brotli"),
        ("*;q=0", "", "plain"),
        ("identity", "", "plain"),
        ("BR ; q=1", "br", "brotli"),
    ] {
        let file = served.get(path, &[("accept-encoding", accepted)]).await;
        let headers = &file.headers;
        assert_eq!((file.status, header(headers, "content-encoding"), file.body.as_str().unwrap()), (200, encoding, body), "{accepted:?}");
        assert_eq!(header(headers, "content-type"), "text/javascript; charset=utf-8");
        assert_eq!(header(headers, "cache-control"), "public, max-age=31536000, immutable");
        assert_eq!(header(headers, "vary"), "Accept-Encoding");
        tags.insert(header(headers, "etag").to_owned());
    }
    assert_eq!(tags.len(), 3, "one for each encoding: {tags:?}");
    let font = served.get("/assets/text-Zz345678.woff2", &[("accept-encoding", "br")]).await;
    assert_eq!((header(&font.headers, "content-encoding"), header(&font.headers, "content-type"), font.body.as_str()), ("", "font/woff2", Some("font")), "no smaller one is there");
    let copied = served.get("/assets/logo-explorer.svg", &[]).await;
    assert_eq!((copied.status, header(&copied.headers, "cache-control")), (200, "no-cache"), "its name says nothing of its content");
}

#[tokio::test]
async fn what_a_browser_has_is_not_sent_again() {
    let served = Served::new().await;
    let first = served.get("/favicon.svg", &[]).await;
    let tag = header(&first.headers, "etag").to_owned();
    assert_eq!((first.status, header(&first.headers, "cache-control"), header(&first.headers, "content-type")), (200, "no-cache", "image/svg+xml"));
    for known in [tag.clone(), format!("W/{tag}"), format!("\"other\", {tag}"), "*".to_owned()] {
        let again = served.get("/favicon.svg", &[("if-none-match", &known)]).await;
        assert_eq!((again.status, header(&again.headers, "etag"), again.body), (304, tag.as_str(), json!("")), "{known}");
    }
    fs::write(served.dir.path().join("dist/favicon.svg"), "another").unwrap();
    let changed = served.get("/favicon.svg", &[("if-none-match", &tag)]).await;
    assert_eq!((changed.status, changed.body.as_str()), (200, Some("another")));
}

#[tokio::test]
async fn nothing_else_is_served_and_never_the_page_in_its_stead() {
    let served = Served::new().await;
    for path in [
        "/assets/app-2.js",
        "/assets/app-a1B_-3D4.js.br",
        "/assets/app-a1B_-3D4.js.gz",
        "/assets/",
        "/assets/.",
        "/assets/..",
        "/assets/../index.html",
        "/assets/%2e%2e/index.html",
        "/assets/%2e%2e/%2e%2e/secret.js",
        "/assets/..%2f..%2fsecret.js",
        "/assets/..%5c..%5csecret.js",
        "/assets//secret.js",
        "/assets/%2fetc%2fpasswd",
        "/assets/%00",
        "/assets/app-a1B_-3D4.js%00",
        "/assets/x/../../../secret.js",
        "/assets/%2e%2e/.hidden",
        "/favicon.ico",
        "/manifest.webmanifest",
    ] {
        let answer = served.get(path, &[("accept", BROWSER)]).await;
        assert_eq!(answer.status, 404, "{path}: {}", answer.body);
        let text = answer.body.to_string();
        assert!(!text.contains("secret") || text.contains("UNKNOWN_ROUTE"), "{path}: {text}");
        assert!(!text.contains("doctype") && !text.contains("hidden\""), "{path}: {text}");
        assert_eq!(header(&answer.headers, "cache-control"), "no-store", "{path}: a file that is missing now may be there soon");
    }
}

#[tokio::test]
async fn a_server_without_the_app_says_so() {
    let empty = tempfile::tempdir().unwrap();
    let bench = Bench::with(testing::sqlite().await, &[("MILLRACE_WEB_DIST", empty.path().join("dist").to_str().unwrap())]).await;
    let page = bench.send("GET", "/app", Vec::new(), &[]).await;
    let text = page.body.as_str().unwrap().to_owned();
    assert_eq!((page.status, header(&page.headers, "content-type")), (404, "text/html; charset=utf-8"));
    assert!(text.contains("make web") && text.contains(&nonce(&page)) && !text.contains("__CSP_NONCE__"), "{text}");
    assert_eq!(bench.send("GET", "/assets/app-a1B_-3D4.js", Vec::new(), &[]).await.status, 404);
}

#[tokio::test]
async fn addresses_from_before_lead_into_the_app() {
    let dir = built();
    let dist = dir.path().join("dist");
    let site = Site::with(testing::sqlite().await, &[("MILLRACE_WEB_DIST", dist.to_str().unwrap()), ("MILLRACE_PUBLIC_URL", "https://millrace.example"), ("MILLRACE_AUTH_EMAIL_VERIFICATION", "off")]).await;
    let browser = |path: String| {
        let site = &site;
        async move {
            let answer = site.call_with("", "GET", &path, Value::Null, &[("accept", BROWSER)]).await;
            assert_eq!(answer.status, 303, "{path}: {}", answer.body);
            header(&answer.headers, "location").to_owned()
        }
    };
    assert_eq!(browser("/".into()).await, "/app");
    assert_eq!(browser("/runs/run_01h455vb4pex5vsknk084sn02q".into()).await, "/app/runs/run_01h455vb4pex5vsknk084sn02q");
    assert_eq!(browser("/runs/%2f%2fevil.example".into()).await, "/app/runs/%2f%2fevil.example", "still a path of ours");
    for word in ["verify-email", "reset-password", "accept-invitation"] {
        let to = format!("https://millrace.example/app/{word}");
        if word != "accept-invitation" {
            assert_eq!(browser(format!("/api/v1/auth/{word}?token=aB-_9")).await, format!("{to}?token=aB-_9"));
            assert_eq!(browser(format!("/api/v1/auth/{word}?token=%2F%2Fevil.example%0D%0AX")).await, to, "what is no token is not sent on");
        }
        // The app asks the same address as a program does.
        let asked = site.call_with("", "GET", &format!("/api/v1/auth/{word}?token=nobodys"), Value::Null, &[("accept", "application/json")]).await;
        assert!([400, 401].contains(&asked.status), "{word}: {}", asked.body);
    }
    let owner = site.owner("ada@example.com", "acme").await;
    let token = site.invite(&owner, "bob@example.com", "member").await;
    assert_eq!(browser(format!("/api/v1/auth/accept-invitation?token={token}")).await, format!("https://millrace.example/app/accept-invitation?token={token}"));
    let asked = site.get("", &format!("/api/v1/auth/accept-invitation?token={token}")).await.of(200);
    assert_eq!((&asked["email"], &asked["sso_url"]), (&json!("bob@example.com"), &Value::Null));
    for (typed, query) in [("?user_code=bcdfghjk", "?user_code=BCDF-GHJK"), ("?user_code=https%3A%2F%2Fevil.example", ""), ("", "")] {
        assert_eq!(browser(format!("/api/v1/auth/device/approve{typed}")).await, format!("https://millrace.example/app/device{query}"));
    }
}
