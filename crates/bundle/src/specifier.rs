//! What a module specifier means, by its form alone.

/// The host's module. Only SDK modules may import it.
pub(crate) const HOST: &str = "millrace:host";

/// Kind of a specifier in the author's code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Specifier<'a> {
    /// `./x`, `../x`
    Relative,
    /// The SDK under any of its names: the module of the embedded SDK.
    Sdk(String),
    /// [`HOST`]
    Host,
    /// A module of Node.js, without `node:`.
    Node(&'a str),
    /// The validation library, which has an answer of its own.
    Zod,
    /// `https://…`, `data:…`, `file:…`
    Url,
    /// A package: its name without sub-path.
    Package(&'a str),
    /// `/x`, `#x`, the empty string.
    Odd,
}

/// Packages that are the SDK: ours, and the name under which the ecosystem's modules import theirs.
const SDK_PACKAGES: [&str; 3] = ["@millrace/sdk", "@workwayco/sdk", "@workway/sdk"];

/// Packages whose exports are in the SDK's `integrations` module.
const INTEGRATION_PACKAGES: [&str; 3] = ["@millrace/integrations", "@workwayco/integrations", "@workway/integrations"];

/// Name of the SDK module that stands for the integrations package.
const INTEGRATIONS: &str = "@millrace/sdk/integrations";

/// Modules that come with Node.js.
const NODE_MODULES: [&str; 45] = [
    "assert", "async_hooks", "buffer", "child_process", "cluster", "console", "constants", "crypto", "dgram",
    "diagnostics_channel", "dns", "domain", "events", "fs", "http", "http2", "https", "inspector", "module", "net", "os",
    "path", "perf_hooks", "process", "punycode", "querystring", "readline", "repl", "sea", "sqlite", "stream",
    "string_decoder", "sys", "test", "timers", "tls", "trace_events", "tty", "url", "util", "v8", "vm", "wasi",
    "worker_threads", "zlib",
];

/// Classifies a specifier.
pub(crate) fn classify(specifier: &str) -> Specifier<'_> {
    if specifier.starts_with("./") || specifier.starts_with("../") || specifier == "." || specifier == ".." {
        return Specifier::Relative;
    }
    if specifier == HOST || specifier.starts_with("millrace:") {
        return Specifier::Host;
    }
    if let Some(name) = specifier.strip_prefix("node:") {
        return Specifier::Node(name);
    }
    if specifier.is_empty() || specifier.starts_with(['/', '#', '.']) {
        return Specifier::Odd;
    }
    if let Some(scheme) = specifier.find(':')
        && specifier[..scheme].chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
    {
        return Specifier::Url;
    }
    let (package, path) = split_package(specifier);
    if SDK_PACKAGES.contains(&package) {
        return Specifier::Sdk(match path {
            "" => "@millrace/sdk".to_owned(),
            path => format!("@millrace/sdk/{}", path.trim_end_matches(".js")),
        });
    }
    if INTEGRATION_PACKAGES.contains(&package) {
        return Specifier::Sdk(INTEGRATIONS.to_owned());
    }
    match package {
        "zod" => Specifier::Zod,
        name if NODE_MODULES.contains(&name) => Specifier::Node(name),
        name => Specifier::Package(name),
    }
}

/// `@scope/name/path` → (`@scope/name`, `path`).
fn split_package(specifier: &str) -> (&str, &str) {
    let slashes = if specifier.starts_with('@') { 2 } else { 1 };
    match specifier.match_indices('/').nth(slashes - 1) {
        Some((at, _)) => (&specifier[..at], &specifier[at + 1..]),
        None => (specifier, ""),
    }
}

/// What to use in place of a well-known package.
pub(crate) fn instead_of(package: &str) -> Option<&'static str> {
    Some(match package {
        "axios" | "node-fetch" | "request" | "got" | "superagent" | "ky" | "undici" | "cross-fetch" => {
            "Use the global fetch, or http from @millrace/sdk."
        }
        "lodash" | "lodash-es" | "underscore" | "ramda" => "Use plain JavaScript, or transform from @millrace/sdk.",
        "moment" | "dayjs" | "date-fns" | "luxon" => "Use Date, Intl.DateTimeFormat, or formatDate from @millrace/sdk.",
        "uuid" | "nanoid" => "Use crypto.randomUUID(), or generateId from @millrace/sdk.",
        "bcrypt" | "bcryptjs" | "crypto-js" | "jsonwebtoken" => "Use the global crypto.subtle.",
        "express" | "fastify" | "koa" | "hono" => "A workflow serves no requests: declare a webhook trigger.",
        "dotenv" => "Declare an input, or read a variable from env.",
        "openai" | "@anthropic-ai/sdk" | "@google/generative-ai" | "langchain" => "Use createAIClient from @millrace/sdk.",
        "@slack/web-api" | "@notionhq/client" | "stripe" | "googleapis" | "@octokit/rest" | "twilio" | "@hubspot/api-client" => {
            "Declare the service under integrations and use it from the context."
        }
        _ => return None,
    })
}

/// What to use in place of a Node.js module.
pub(crate) fn instead_of_node(module: &str) -> &'static str {
    match module.split('/').next().unwrap_or(module) {
        "fs" => "Use storage from the context: a workflow has no file system.",
        "http" | "https" | "http2" | "net" | "tls" | "dns" | "dgram" => "Use the global fetch.",
        "crypto" => "Use the global crypto (randomUUID, getRandomValues, subtle).",
        "url" | "querystring" => "Use the globals URL and URLSearchParams.",
        "buffer" => "Use Uint8Array, TextEncoder, atob and btoa.",
        "timers" => "Use the global setTimeout, or sleep from @millrace/sdk.",
        "util" => "Use TextEncoder, TextDecoder and structuredClone.",
        "process" | "os" => "Use env from the context.",
        "events" | "stream" => "Use promises; wait for platform events with waitForEvent from @millrace/sdk.",
        _ => "A workflow runs in a sandbox without Node.js; everything it may do comes from the context and the globals.",
    }
}
