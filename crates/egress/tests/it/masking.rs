//! Secrets coming back: found in every usual spelling, in heads, bodies and errors.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use millrace_egress::standin::Reply;
use millrace_egress::{HostList, Scope, SecretSet};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use proptest::prelude::*;

use crate::world::{World, header, request, scope};

const PLACEHOLDER: &str = "mrs_0123456789abcdef";
const VALUE: &str = "sk/live+\"51H\\8x<y>&'é=";

fn set(value: &str) -> SecretSet {
    scope(PLACEHOLDER, value, &[]).secrets
}

fn spellings(value: &str) -> Vec<(&'static str, String)> {
    let percent = utf8_percent_encode(value, NON_ALPHANUMERIC).to_string();
    let form: String = url::form_urlencoded::byte_serialize(value.as_bytes()).collect();
    let json = serde_json::to_string(value).unwrap();
    let json = json[1..json.len() - 1].to_owned();
    let ascii: String = json
        .chars()
        .map(|c| {
            if c.is_ascii() {
                c.to_string()
            } else {
                format!("\\u{:04x}", u32::from(c))
            }
        })
        .collect();
    let html = value
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;");
    vec![
        ("plain", value.to_owned()),
        ("form", form),
        ("json", json.clone()),
        ("json with slashes escaped", json.replace('/', "\\/")),
        (
            "json safe for html",
            json.replace('<', "\\u003c")
                .replace('>', "\\u003e")
                .replace('&', "\\u0026"),
        ),
        ("json in ascii", ascii),
        ("html", html.replace('\'', "&#39;")),
        ("hex", hex::encode(value)),
        ("HEX", hex::encode_upper(value)),
        ("base64", STANDARD.encode(value)),
        ("base64 bare", STANDARD_NO_PAD.encode(value)),
        ("base64url", URL_SAFE.encode(value)),
        ("basic of one letter", STANDARD.encode(format!("a:{value}"))),
        (
            "basic of two letters",
            STANDARD.encode(format!("ab:{value}")),
        ),
        (
            "basic of three letters",
            STANDARD.encode(format!("abc:{value}")),
        ),
        (
            "inside a token",
            URL_SAFE_NO_PAD.encode(format!("{{\"k\":\"{value}\"}}")),
        ),
        (
            "base64 in a URL",
            utf8_percent_encode(&STANDARD.encode(value), NON_ALPHANUMERIC).to_string(),
        ),
        (
            "json inside json",
            serde_json::to_string(&json)
                .unwrap()
                .trim_matches('"')
                .to_owned(),
        ),
        ("json, all escaped", escaped(value, false)),
        ("JSON, ALL ESCAPED", escaped(value, true)),
        (
            "html by number",
            html_numbers(value, |code| format!("&#{code};")),
        ),
        (
            "html by hexadecimal number",
            html_numbers(value, |code| format!("&#x{code:X};")),
        ),
        (
            "every byte percent",
            value.bytes().map(|b| format!("%{b:02x}")).collect(),
        ),
        (
            "percent twice",
            utf8_percent_encode(&kept(&percent), NON_ALPHANUMERIC)
                .to_string()
                .replace("%2D", "-")
                .replace("%2E", ".")
                .replace("%5F", "_")
                .replace("%7E", "~"),
        ),
        ("percent, all of it, marks kept", kept(&percent)),
    ]
}

fn kept(percent: &str) -> String {
    percent
        .replace("%2D", "-")
        .replace("%2E", ".")
        .replace("%5F", "_")
        .replace("%7E", "~")
}

fn escaped(value: &str, capital: bool) -> String {
    value
        .encode_utf16()
        .map(|unit| match capital {
            true => format!("\\u{unit:04X}"),
            false => format!("\\u{unit:04x}"),
        })
        .collect()
}

fn html_numbers(value: &str, write: impl Fn(u32) -> String) -> String {
    let mark = |c: char| match c.is_ascii_alphanumeric() {
        true => c.to_string(),
        false => write(u32::from(c)),
    };
    value.chars().map(mark).collect()
}

#[test]
fn every_spelling() {
    for value in [
        VALUE,
        "sk_live_4eC39HqLyjWDarjtT1zdp7dc",
        "xoxb-123-456-abc",
        "hunter2",
        "päßwörd mit leer",
    ] {
        let secrets = set(value);
        for (name, spelled) in spellings(value) {
            for (before, after) in [("", ""), ("x", "y"), ("{\"a\":\"", "\"}"), ("\n", "\n")] {
                let text = format!("{before}{spelled}{after}");
                let masked = secrets.mask_text(&text);
                assert!(
                    masked.contains(PLACEHOLDER),
                    "{name} of {value:?}: {text} -> {masked}"
                );
                for (other, spelled) in spellings(value) {
                    assert!(
                        !masked.contains(&spelled),
                        "{name} of {value:?} leaves {other}: {masked}"
                    );
                }
            }
        }
    }
}

#[test]
fn lower_case_percent_encoding() {
    let secrets = set("a/b?c=dé");
    assert_eq!(
        secrets.mask_text("x=a%2fb%3fc%3dd%c3%a9&y"),
        format!("x={PLACEHOLDER}&y")
    );
    assert_eq!(
        secrets.mask_text("x=a%2Fb%3Fc%3Dd%C3%A9&y"),
        format!("x={PLACEHOLDER}&y")
    );
}

/// The letters that mix the secret with its neighbours go too.
#[test]
fn base64_neighbours() {
    let secrets = set("secret-value-1");
    for prefix in ["", "u", "us", "use", "user:"] {
        for suffix in ["", "!", "!!", "!!!"] {
            let masked = secrets
                .mask_text(&STANDARD.encode(format!("{prefix}secret-value-1{suffix}")))
                .into_owned();
            let (head, tail) = masked.split_once(PLACEHOLDER).expect("masked");
            // Exactly the letters that are made of nothing but the prefix, or the suffix, are left.
            let (prefix, through) = (
                prefix.len() * 8,
                (prefix.len() + "secret-value-1".len()) * 8,
            );
            let letters = (through + suffix.len() * 8).div_ceil(6);
            assert_eq!(head.len(), prefix / 6, "{masked}");
            assert_eq!(
                tail.trim_end_matches('=').len(),
                letters - through.div_ceil(6),
                "{masked}"
            );
        }
    }
}

#[test]
fn key_files_by_line() {
    let key = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7\nVJTUt9Us8cKjMzEfYyjiWA4R4/M2bS1GB4t7NXp98C3SC6dVMvDu\n-----END PRIVATE KEY-----\n";
    let secrets = set(key);
    let quoted = "error near VJTUt9Us8cKjMzEfYyjiWA4R4/M2bS1GB4t7NXp98C3SC6dVMvDu (line 3)";
    assert_eq!(
        secrets.mask_text(quoted),
        format!("error near {PLACEHOLDER} (line 3)")
    );
    assert_eq!(secrets.mask_text(key.trim()), PLACEHOLDER);
    assert_eq!(secrets.mask_text(&key.replace('\n', "\\n")), PLACEHOLDER);
}

#[test]
fn what_is_not_touched() {
    let secrets = set("abc");
    assert_eq!(
        secrets.mask_text("abcabc"),
        "abcabc",
        "too short to look for"
    );
    let secrets = set("value-1");
    assert!(matches!(
        secrets.mask_bytes(b"\xff\x00nothing here"),
        std::borrow::Cow::Borrowed(_)
    ));
    assert_eq!(
        &*secrets.mask_bytes(b"\xff\x00value-1\xfe"),
        [b"\xff\x00", PLACEHOLDER.as_bytes(), b"\xfe"].concat()
    );
    assert_eq!(set("").mask_text("anything"), "anything");
    assert_eq!(SecretSet::new().mask_text("anything"), "anything");
}

#[test]
fn overlapping_and_nameless_secrets() {
    let mut secrets = SecretSet::new();
    secrets.insert("ph_a".into(), "prefix-1234".into(), HostList::default());
    secrets.insert(
        "ph_b".into(),
        "prefix-1234-longer".into(),
        HostList::default(),
    );
    secrets.hide("nameless-1".into());
    secrets.hide("nameless-2".into());
    assert_eq!(
        secrets.mask_text("prefix-1234 prefix-1234-longer nameless-1 nameless-2"),
        "ph_a ph_b [secret] [secret]"
    );
}

#[tokio::test]
async fn in_heads_and_bodies() {
    let world = World::new().await;
    let scope = scope(PLACEHOLDER, "sk-live-value", &["api.test"]);
    world.standin.on_fn("GET", "/echo", |request| {
        let seen = request
            .header("authorization")
            .unwrap_or_default()
            .to_owned();
        Reply::json(
            401,
            serde_json::json!({ "error": format!("bad token {seen}") }),
        )
        .header("x-echo", &seen)
        .header("x-echo", &format!("again {seen}"))
        .header("set-cookie", "a=1")
        .header("set-cookie", "b=sk-live-value")
        .reason(&format!("No {seen}"))
    });
    let get = header(
        request("GET", &world.url("api.test", "/echo")),
        "authorization",
        &format!("Bearer {PLACEHOLDER}"),
    );
    let answer = world.egress.send(get, &scope).await.unwrap();
    assert_eq!(
        answer.body,
        format!("{{\"error\":\"bad token Bearer {PLACEHOLDER}\"}}")
    );
    assert!(
        !format!("{answer:?}").contains("sk-live-value"),
        "{answer:?}"
    );
    assert_eq!(answer.headers.get_all("x-echo").iter().count(), 2);
    assert_eq!(answer.headers.get_all("set-cookie").iter().count(), 2);
    assert_eq!(answer.status_text, format!("No Bearer {PLACEHOLDER}"));
    assert!(
        !answer.headers.contains_key("content-length"),
        "it no longer fits the body"
    );
}

/// Compressed, so that the secret is in the clear only after decoding.
#[tokio::test]
async fn in_compressed_bodies() {
    use std::io::Write;
    let world = World::new().await;
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(b"the value is sk-live-value").unwrap();
    world.standin.on(
        "GET",
        "/",
        Reply::new(200)
            .header("content-encoding", "gzip")
            .body(gzip.finish().unwrap()),
    );
    let answer = world
        .egress
        .send(
            request("GET", &world.url("api.test", "/")),
            &scope(PLACEHOLDER, "sk-live-value", &[]),
        )
        .await
        .unwrap();
    assert_eq!(answer.body, format!("the value is {PLACEHOLDER}"));
}

/// Every secret of the scope is hidden, whether or not this request sent it.
#[tokio::test]
async fn in_errors_and_locations() {
    let world = World::new().await;
    let scope = scope(PLACEHOLDER, "sk-live-value", &["api.test"]);
    world.standin.on(
        "GET",
        "/a",
        Reply::redirect(302, "http://sk-live-value.test/x"),
    );
    world
        .standin
        .on("GET", "/b", Reply::redirect(302, "/c?k=sk-live-value"));
    for path in ["/a", "/b"] {
        let outcome = world
            .egress
            .send(request("GET", &world.url("api.test", path)), &scope)
            .await;
        assert!(
            !format!("{outcome:?}").contains("sk-live-value"),
            "{outcome:?}"
        );
    }
    let mut manual = request("GET", &world.url("api.test", "/b"));
    manual.redirect = millrace_egress::Redirect::Manual;
    let answer = world.egress.send(manual, &scope).await.unwrap();
    assert_eq!(answer.headers["location"], format!("/c?k={PLACEHOLDER}"));
    let nowhere = world
        .egress
        .send(request("GET", "http://sk-live-value.test/"), &scope)
        .await;
    assert!(
        !format!("{nowhere:?}").contains("sk-live-value"),
        "{nowhere:?}"
    );
    assert!(!Scope::public().secrets.mask_text("x").is_empty());
}

/// The caller wrote the token into the URL itself and only asked for it to be hidden.
#[tokio::test]
async fn in_the_final_url() {
    let world = World::new().await;
    world.standin.on("GET", "/**", Reply::new(204));
    let mut secrets = SecretSet::new();
    secrets.hide("123456:bot-token".into());
    let get = request("GET", &world.url("api.test", "/bot123456:bot-token/send"));
    let answer = world
        .egress
        .send(
            get,
            &Scope {
                hosts: None,
                secrets,
                ..Scope::default()
            },
        )
        .await
        .unwrap();
    assert_eq!(
        world.standin.requests()[0].path,
        "/bot123456:bot-token/send"
    );
    assert_eq!(answer.url.path(), "/bot[secret]/send");
}

/// However an answer is cut on its way, it is whole when it is searched: chunks of one byte, and gzip in small pieces.
#[tokio::test]
async fn across_the_borders_of_chunks() {
    let world = World::new().await;
    let scope = scope(PLACEHOLDER, "sk_live_4eC39HqLyjWDarjt", &[]);
    let text = format!(
        "{}sk_live_4eC39HqLyjWDarjt{}",
        "x".repeat(70_000),
        "y".repeat(70_000)
    );
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut packed, text.as_bytes()).unwrap();
    let packed = Reply::new(200)
        .header("content-encoding", "gzip")
        .body(packed.finish().unwrap());
    for reply in [
        Reply::text(200, &text[69_990..70_100]).chunked(1),
        Reply::text(200, &text).chunked(999),
        packed.chunked(3),
    ] {
        world.standin.on("GET", "/", reply);
        let answer = world
            .egress
            .send(request("GET", &world.url("api.test", "/")), &scope)
            .await
            .unwrap();
        let body = String::from_utf8(answer.body.to_vec()).unwrap();
        assert!(
            body.contains(PLACEHOLDER) && !body.contains("sk_live"),
            "{}",
            body.len()
        );
    }
}

/// A header whose name holds a secret is left out: there is no placeholder for names.
#[tokio::test]
async fn in_the_names_of_headers() {
    let world = World::new().await;
    world.standin.on(
        "GET",
        "/",
        Reply::text(200, "ok")
            .header("x-SecretOne-echo", "1")
            .header("x-other", "2"),
    );
    let answer = world
        .egress
        .send(
            request("GET", &world.url("api.test", "/")),
            &scope(PLACEHOLDER, "SecretOne", &[]),
        )
        .await
        .unwrap();
    assert!(
        !answer
            .headers
            .keys()
            .any(|name| name.as_str().contains("secret")),
        "{:?}",
        answer.headers
    );
    assert_eq!(answer.headers.get("x-other").unwrap(), "2");
}

/// Runs of one installation know the same values under other placeholders: the search is built once for all of them.
#[test]
fn a_search_is_shared_by_sets_with_the_same_values() {
    let of = |placeholder: &str, values: &[&str]| {
        let mut set = SecretSet::new();
        for (index, value) in values.iter().enumerate() {
            set.insert(
                format!("{placeholder}{index}"),
                (*value).into(),
                HostList::default(),
            );
        }
        set
    };
    let first = of("mrs_a", &["value-one", "value-two"]);
    let known = first.search_only();
    let mut second = of("mrs_b", &["value-one", "value-two"]);
    assert!(second.share_search(&known));
    assert_eq!(second.mask_text("value-two value-one"), "mrs_b1 mrs_b0");
    assert_eq!(first.mask_text("value-two"), "mrs_a1");
    assert!(!of("mrs_c", &["value-two", "value-one"]).share_search(&known));
    assert!(!of("mrs_c", &["value-one"]).share_search(&known));
    // The same value under a further placeholder is found by the same search, under its first.
    second.insert("mrcred".into(), "value-one".into(), HostList::default());
    second.hide("value-three".into());
    assert_eq!(second.mask_text("value-one value-three"), "mrs_b0 [secret]");
    assert_eq!(known.mask_text("value-one"), "[secret]");
}

/// Not a benchmark: a bound far above what it takes, so that a set per call stays affordable.
#[test]
fn building_and_searching_is_quick() {
    let started = std::time::Instant::now();
    for n in 0..50 {
        let mut secrets = SecretSet::new();
        for k in 0..5 {
            secrets.hide(format!("sk_live_4eC39HqLyjWDarjtT1zdp7dc{n}{k}").into());
        }
        assert_eq!(secrets.mask_text("nothing"), "nothing");
    }
    let built = started.elapsed() / 50;
    let record = r#"{"id":"5f3c9","email":"ada@example.com","note":"Lorem ipsum dolor","total":1299.95,"tags":["a","b"]},"#;
    let body = record.repeat((10 << 20) / record.len()).into_bytes();
    let mut secrets = SecretSet::new();
    for n in 0..5 {
        secrets.hide(format!("sk_live_4eC39HqLyjWDarjtT1zdp7dc{n}").into());
    }
    secrets.mask_text("built");
    let started = std::time::Instant::now();
    assert!(matches!(
        secrets.mask_bytes(&body),
        std::borrow::Cow::Borrowed(_)
    ));
    println!(
        "five secrets built in {built:?}, 10 MiB of JSON searched in {:?}, {:.0} MB/s",
        started.elapsed(),
        body.len() as f64 / started.elapsed().as_secs_f64() / 1e6
    );
    assert!(built < std::time::Duration::from_millis(50));
}

proptest! {
    /// Whatever stands around it, no spelling survives.
    #[test]
    fn nothing_survives(value in "[ -~]{8,40}", before in "[ -~]{0,20}", after in "[ -~]{0,20}") {
        let secrets = set(&value);
        let masked = secrets.mask_text(&format!("{before}{value}{after}")).into_owned();
        prop_assert!(!masked.replace(PLACEHOLDER, "\0").contains(&value));
        let encoded = STANDARD.encode(format!("{before}{value}{after}"));
        let core = STANDARD_NO_PAD.encode(&value);
        prop_assert!(!secrets.mask_text(&encoded).contains(&core[..core.len() - 2]));
    }

    /// Splicing and masking undo each other.
    #[test]
    fn there_and_back(value in "[!-~]{8,40}", text in "[a-z ]{0,20}") {
        let secrets = scope(PLACEHOLDER, &value, &["api.test"]).secrets;
        prop_assume!(!value.contains(PLACEHOLDER) && !PLACEHOLDER.contains(&value));
        let mut post = request("POST", &format!("http://api.test/p?k={PLACEHOLDER}"));
        post.body = format!("{text}\u{1}{PLACEHOLDER}\u{1}{text}").into();
        let before = post.clone();
        secrets.splice(&mut post).unwrap();
        prop_assert!(!post.url.as_str().contains(PLACEHOLDER));
        let back = secrets.mask_bytes(&post.body).into_owned();
        prop_assert_eq!(back, before.body.to_vec());
        let url = secrets.mask_text(post.url.as_str()).into_owned();
        prop_assert_eq!(url.as_str(), before.url.as_str());
    }
}
