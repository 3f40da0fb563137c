//! What a binary shows that was built without the app.

/// The page; its style shows the word of the answer.
pub(super) const PAGE: &str = r#"<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Millrace</title>
<style nonce="__CSP_NONCE__">body { font: 1rem/1.5 system-ui, sans-serif; max-width: 36rem; margin: 15vh auto; padding: 0 1rem }</style>
<h1>The server runs, but without the app</h1>
<p>This binary was built without the web app. To have it, run <code>make web</code> in the repository, which needs Node.js, and build the server again.</p>
<p>Everything else works: the <a href="/api/docs">API</a> is here, and the command <code>millrace</code> does all that the app does.</p>
</html>
"#;
