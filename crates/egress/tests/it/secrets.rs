//! Placeholders going out: replaced in every place, towards their own hosts only, and never sent on as they are.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use millrace_egress::standin::{Recorded, Reply};
use millrace_egress::{EgressError, Reached, Request, Scope, SecretSet};

use crate::world::{World, code, header, hosts, request, scope};

const PLACEHOLDER: &str = "mrs_0123456789abcdef";
/// With everything that needs care somewhere: quotes, slashes, percent, plus, space, non-ASCII.
const VALUE: &str = "p\"a/s\\s%w+o r&d=é?#";

async fn sent(request: Request, scope: &Scope, world: &World) -> Recorded {
    world.standin.on("*", "/**", Reply::new(204));
    world.egress.send(request, scope).await.unwrap();
    world.standin.requests().pop().unwrap()
}

#[tokio::test]
async fn in_headers() {
    let world = World::new().await;
    let scope = scope(PLACEHOLDER, "tok-en/value+1==", &["api.test"]);
    let get = request("GET", &world.url("api.test", "/"));
    let get = header(get, "authorization", &format!("Bearer {PLACEHOLDER}"));
    let get = header(
        header(get, "x-api-key", PLACEHOLDER),
        "x-two",
        &format!("{PLACEHOLDER}:{PLACEHOLDER}"),
    );
    let seen = sent(get, &scope, &world).await;
    assert_eq!(
        seen.header("authorization"),
        Some("Bearer tok-en/value+1==")
    );
    assert_eq!(seen.header("x-api-key"), Some("tok-en/value+1=="));
    assert_eq!(
        seen.header("x-two"),
        Some("tok-en/value+1==:tok-en/value+1==")
    );
}

#[tokio::test]
async fn inside_basic_credentials() {
    let world = World::new().await;
    let scope = scope(PLACEHOLDER, VALUE, &["api.test"]);
    for (inside, expected) in [
        (format!("user:{PLACEHOLDER}"), format!("user:{VALUE}")),
        (format!("{PLACEHOLDER}:"), format!("{VALUE}:")),
        (
            format!("a@b.c/token:{PLACEHOLDER}x"),
            format!("a@b.c/token:{VALUE}x"),
        ),
    ] {
        for (scheme, pad) in [("Basic", true), ("basic", true), ("BASIC", false)] {
            let text = STANDARD.encode(&inside);
            let text = if pad {
                text.as_str()
            } else {
                text.trim_end_matches('=')
            };
            let get = request("GET", &world.url("api.test", "/"));
            let seen = sent(
                header(get, "authorization", &format!("{scheme} {text}")),
                &scope,
                &world,
            )
            .await;
            assert_eq!(
                seen.header("authorization").unwrap(),
                format!("Basic {}", STANDARD.encode(&expected))
            );
        }
    }
    // Credentials without a placeholder are left exactly as they were.
    let plain = header(
        request("GET", &world.url("api.test", "/")),
        "authorization",
        "basic dTpw",
    );
    assert_eq!(
        sent(plain, &scope, &world).await.header("authorization"),
        Some("basic dTpw")
    );
}

#[tokio::test]
async fn in_path_and_query() {
    let world = World::new().await;
    let scope = scope(PLACEHOLDER, VALUE, &["api.test"]);
    let encoded = "p%22a%2Fs%5Cs%25w%2Bo%20r%26d%3D%C3%A9%3F%23";
    let get = request(
        "GET",
        &world.url(
            "api.test",
            &format!("/bot{PLACEHOLDER}/send?a=1&key={PLACEHOLDER}&z"),
        ),
    );
    world.standin.on("GET", "/**", Reply::new(204));
    let answer = world.egress.send(get, &scope).await.unwrap();
    let seen = world.standin.requests().pop().unwrap();
    assert_eq!(seen.path, format!("/bot{encoded}/send"));
    assert_eq!(seen.query, format!("a=1&key={encoded}&z"));
    assert!(
        answer.url.as_str().contains(PLACEHOLDER) && !answer.url.as_str().contains("%22a"),
        "{}",
        answer.url
    );
}

#[tokio::test]
async fn placeholders_that_need_encoding_themselves() {
    let world = World::new().await;
    for placeholder in [
        "{{secret:crm key}}",
        "<secret/1>",
        "$secret(\"a\")",
        "geheim=é",
    ] {
        let scope = scope(placeholder, "value-1", &["api.test"]);
        let component: String =
            url::form_urlencoded::byte_serialize(placeholder.as_bytes()).collect();
        let spaced = component.replace('+', "%20");
        for query in [
            placeholder.to_owned(),
            component.clone(),
            spaced.clone(),
            spaced.to_lowercase(),
        ] {
            // Lower-casing is only right for the hexadecimal digits of these placeholders.
            let mut url = url::Url::parse(&world.url("api.test", "/")).unwrap();
            url.set_query(Some(&format!("k={query}")));
            let seen = sent(Request::new(http::Method::GET, url), &scope, &world).await;
            assert_eq!(seen.query, "k=value-1", "{placeholder} as {query}");
        }
        let mut url = url::Url::parse(&world.url("api.test", "/")).unwrap();
        url.set_path(&format!("/p/{}/q", spaced));
        let seen = sent(Request::new(http::Method::GET, url), &scope, &world).await;
        assert_eq!(seen.path, "/p/value-1/q", "{placeholder}");
        let body = serde_json::json!({ "k": placeholder }).to_string();
        let mut post = header(
            request("POST", &world.url("api.test", "/")),
            "content-type",
            "application/json",
        );
        post.body = Bytes::from(body);
        assert_eq!(
            sent(post, &scope, &world).await.json(),
            serde_json::json!({ "k": "value-1" }),
            "{placeholder}"
        );
    }
}

#[tokio::test]
async fn in_bodies() {
    let world = World::new().await;
    let scope = scope(PLACEHOLDER, VALUE, &["api.test"]);
    let json =
        serde_json::json!({ "key": PLACEHOLDER, "list": [format!("x{PLACEHOLDER}y")] }).to_string();
    let json_out = serde_json::json!({ "key": VALUE, "list": [format!("x{VALUE}y")] });
    for kind in [
        "application/json",
        "application/json; charset=utf-8",
        "application/vnd.api+json",
        "text/plain",
        "",
    ] {
        let mut post = request("POST", &world.url("api.test", "/"));
        if !kind.is_empty() {
            post = header(post, "content-type", kind);
        }
        post.body = Bytes::from(json.clone());
        assert_eq!(
            sent(post, &scope, &world).await.json(),
            json_out,
            "{kind:?}"
        );
    }
    let mut form = header(
        request("POST", &world.url("api.test", "/")),
        "content-type",
        "application/x-www-form-urlencoded",
    );
    form.body = Bytes::from(format!("grant_type=x&client_secret={PLACEHOLDER}&z=1"));
    let seen = sent(form, &scope, &world).await;
    let fields: Vec<(String, String)> = url::form_urlencoded::parse(&seen.body)
        .into_owned()
        .collect();
    assert_eq!(fields[1], ("client_secret".to_owned(), VALUE.to_owned()));
    assert_eq!(fields.len(), 3);
    for kind in ["text/plain", "text/xml", "application/octet-stream"] {
        let mut text = header(
            request("POST", &world.url("api.test", "/")),
            "content-type",
            kind,
        );
        text.body = Bytes::from([b"\xff\x00 key=", PLACEHOLDER.as_bytes(), b"\xfe"].concat());
        let expected = [b"\xff\x00 key=", VALUE.as_bytes(), b"\xfe"].concat();
        assert_eq!(sent(text, &scope, &world).await.body, expected, "{kind}");
    }
}

#[tokio::test]
async fn several_secrets_and_the_longest_placeholder() {
    let world = World::new().await;
    let mut secrets = SecretSet::new();
    for (placeholder, value) in [("ph_1", "one"), ("ph_10", "ten"), ("ph_100", "hundred")] {
        secrets.insert(placeholder.to_owned(), value.into(), hosts(&["api.test"]));
    }
    let scope = Scope {
        hosts: None,
        secrets,
        ..Scope::default()
    };
    let get = header(
        request("GET", &world.url("api.test", "/")),
        "x-all",
        "ph_100 ph_10 ph_1",
    );
    assert_eq!(
        sent(get, &scope, &world).await.header("x-all"),
        Some("hundred ten one")
    );
}

#[tokio::test]
async fn a_new_value_replaces_the_old_one() {
    let world = World::new().await;
    let mut scope = scope(PLACEHOLDER, "old-value", &["api.test"]);
    let get = || {
        header(
            request("GET", &world.url("api.test", "/")),
            "x-key",
            PLACEHOLDER,
        )
    };
    assert_eq!(
        sent(get(), &scope, &world).await.header("x-key"),
        Some("old-value")
    );
    scope
        .secrets
        .insert(PLACEHOLDER.into(), "new-value".into(), hosts(&["api.test"]));
    assert_eq!(
        sent(get(), &scope, &world).await.header("x-key"),
        Some("new-value")
    );
}

#[tokio::test]
async fn towards_other_hosts_nothing_is_sent() {
    let world = World::new().await;
    world.standin.on("*", "/**", Reply::new(204));
    let scope = scope(PLACEHOLDER, "value-1", &["api.test"]);
    let other = |path: &str| request("POST", &world.url("other.test", path));
    let with_body = |kind: &str| {
        let mut post = header(other("/"), "content-type", kind);
        post.body = Bytes::from(format!("{{\"a\":\"{PLACEHOLDER}\"}}"));
        post
    };
    let basic = STANDARD.encode(format!("u:{PLACEHOLDER}"));
    for (place, sent) in [
        ("header", header(other("/"), "x-key", PLACEHOLDER)),
        (
            "basic",
            header(other("/"), "authorization", &format!("Basic {basic}")),
        ),
        ("path", other(&format!("/{PLACEHOLDER}"))),
        ("query", other(&format!("/?a={PLACEHOLDER}"))),
        ("json", with_body("application/json")),
        ("bytes", with_body("application/octet-stream")),
        ("form", with_body("application/x-www-form-urlencoded")),
    ] {
        let error = world.egress.send(sent, &scope).await.expect_err(place);
        assert!(
            matches!(&error, EgressError::SecretNotAllowed { host } if host == "other.test"),
            "{place}: {error}"
        );
        assert_eq!(error.reached(), Reached::No);
        assert!(!error.to_string().contains("value-1"));
    }
    assert_eq!(world.standin.connections(), 0);
}

#[tokio::test]
async fn an_empty_list_is_nowhere() {
    let world = World::new().await;
    let scope = scope(PLACEHOLDER, "value-1", &[]);
    let get = header(
        request("GET", &world.url("api.test", "/")),
        "x-key",
        PLACEHOLDER,
    );
    assert_eq!(
        code(&world.egress.send(get, &scope).await),
        "EGRESS_SECRET_NOT_ALLOWED"
    );
}

#[tokio::test]
async fn a_secret_is_never_part_of_a_host_name() {
    let world = World::new().await;
    for placeholder in ["mrs-abc", "MRS-ABC"] {
        let scope = scope(placeholder, "evil.test", &["*.api.test", "evil.test"]);
        let get = request("GET", &format!("http://{placeholder}.api.test/"));
        assert_eq!(
            code(&world.egress.send(get, &scope).await),
            "EGRESS_BAD_URL",
            "{placeholder}"
        );
    }
    assert!(world.names.asked().is_empty());
}

#[tokio::test]
async fn a_value_that_no_header_can_carry() {
    let world = World::new().await;
    let scope = scope(PLACEHOLDER, "line one\nx-injected: yes", &["api.test"]);
    let get = header(
        request("GET", &world.url("api.test", "/")),
        "x-key",
        PLACEHOLDER,
    );
    let error = world.egress.send(get, &scope).await.unwrap_err();
    assert_eq!(error.code(), "EGRESS_BAD_REQUEST");
    assert!(!error.to_string().contains("injected"), "{error}");
    assert_eq!(world.standin.connections(), 0);
}

#[tokio::test]
async fn a_redirect_to_another_origin_gets_no_header_with_a_secret() {
    let world = World::new().await;
    world.standin.on(
        "*",
        "/start",
        Reply::redirect(307, &world.url("other.test", "/end")),
    );
    world.standin.on("*", "/end", Reply::text(200, "end"));
    // Even where the list would allow it.
    for allowed in [&["api.test"][..], &["api.test", "other.test"][..]] {
        let scope = scope(PLACEHOLDER, "value-1", allowed);
        let basic = STANDARD.encode(format!("u:{PLACEHOLDER}"));
        let get = header(
            request("GET", &world.url("api.test", "/start")),
            "x-key",
            PLACEHOLDER,
        );
        let get = header(
            header(get, "x-basic", &format!("Basic {basic}")),
            "x-plain",
            "kept",
        );
        world.standin.clear();
        world.egress.send(get, &scope).await.unwrap();
        let seen = world.standin.requests();
        assert_eq!(seen[0].header("x-key"), Some("value-1"));
        assert_eq!(
            (seen[1].header("x-key"), seen[1].header("x-basic")),
            (None, None)
        );
        assert_eq!(seen[1].header("x-plain"), Some("kept"));
    }
}

#[tokio::test]
async fn a_redirected_body_with_a_secret_needs_the_host_on_its_list() {
    let world = World::new().await;
    world.standin.on(
        "POST",
        "/start",
        Reply::redirect(307, &world.url("other.test", "/end")),
    );
    world.standin.on("POST", "/end", Reply::text(200, "end"));
    for (allowed, expected) in [
        (&["api.test"][..], "EGRESS_SECRET_NOT_ALLOWED"),
        (&["api.test", "other.test"], "OK"),
    ] {
        world.standin.clear();
        let mut post = request("POST", &world.url("api.test", "/start"));
        post.body = Bytes::from(format!("key={PLACEHOLDER}"));
        let outcome = world
            .egress
            .send(post, &scope(PLACEHOLDER, "value-1", allowed))
            .await;
        assert_eq!(code(&outcome), expected);
        assert_eq!(
            world.standin.requests().len(),
            if expected == "OK" { 2 } else { 1 }
        );
        if let Err(error) = outcome {
            assert_eq!(error.reached(), Reached::Maybe);
        }
    }
}

#[tokio::test]
async fn a_location_that_repeats_the_secret() {
    let world = World::new().await;
    world
        .standin
        .on("GET", "/start", Reply::redirect(302, "/end?key=value-1"));
    world.standin.on("GET", "/end", Reply::text(200, "end"));
    let start = || {
        request(
            "GET",
            &world.url("api.test", &format!("/start?key={PLACEHOLDER}")),
        )
    };
    let scope = scope(PLACEHOLDER, "value-1", &["api.test"]);
    let answer = world.egress.send(start(), &scope).await.unwrap();
    assert_eq!(world.standin.requests().pop().unwrap().query, "key=value-1");
    assert!(
        answer
            .url
            .as_str()
            .ends_with(&format!("/end?key={PLACEHOLDER}")),
        "{}",
        answer.url
    );

    world.standin.clear();
    world.standin.on(
        "GET",
        "/start",
        Reply::redirect(302, &world.url("other.test", "/end?key=value-1")),
    );
    assert_eq!(
        code(&world.egress.send(start(), &scope).await),
        "EGRESS_SECRET_NOT_ALLOWED"
    );
    assert_eq!(world.standin.requests().len(), 1);
}

/// The caller put the token in itself and only asked for it to be hidden.
#[tokio::test]
async fn hidden_values_do_not_travel_to_another_origin() {
    let world = World::new().await;
    world.standin.on(
        "*",
        "/start",
        Reply::redirect(307, &world.url("other.test", "/end")),
    );
    world.standin.on("*", "/end", Reply::text(200, "end"));
    let mut secrets = SecretSet::new();
    secrets.hide("refresh-token-1".into());
    let scope = Scope {
        hosts: None,
        secrets,
        ..Scope::default()
    };
    let get = header(
        request("GET", &world.url("api.test", "/start")),
        "x-key",
        "refresh-token-1",
    );
    world.egress.send(get, &scope).await.unwrap();
    let seen = world.standin.requests();
    assert_eq!(
        (seen[0].header("x-key"), seen[1].header("x-key")),
        (Some("refresh-token-1"), None)
    );
    let mut post = request("POST", &world.url("api.test", "/start"));
    post.body = Bytes::from_static(b"refresh_token=refresh-token-1");
    assert_eq!(
        code(&world.egress.send(post, &scope).await),
        "EGRESS_SECRET_NOT_ALLOWED"
    );
}

#[test]
fn nothing_prints_a_secret() {
    let scope = scope(PLACEHOLDER, "value-1", &["api.test"]);
    let printed = format!(
        "{scope:?} {:?}",
        millrace_egress::SecretString::from("value-1")
    );
    assert!(
        !printed.contains("value-1") && printed.contains(PLACEHOLDER),
        "{printed}"
    );
}

#[test]
fn splicing_changes_nothing_else() {
    let secrets = scope(PLACEHOLDER, VALUE, &["api.test"]).secrets;
    let mut post = header(
        request("POST", "http://api.test/a%2Fb//c?x=%20+&&y#f"),
        "x-odd",
        "a  b",
    );
    post.body = Bytes::from_static(b"{ \"spaces\" : 1.0 }\n");
    let before = post.clone();
    secrets.splice(&mut post).unwrap();
    assert_eq!(
        (post.url, post.headers, post.body),
        (before.url, before.headers, before.body)
    );
}

/// In base64 that is not `Basic`, and in hexadecimal, a placeholder is not replaced; then nothing is sent, neither the
/// secret nor the placeholder.
#[tokio::test]
async fn buried_placeholders_are_refused() {
    use base64::Engine;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
    let world = World::new().await;
    world.standin.on("*", "/**", Reply::text(200, "ok"));
    let placeholder = "mrsec_0123456789abcdef0123456789abcdef";
    let scope = scope(placeholder, "the-value", &["api.test"]);
    for prefix in ["", "u", "us:", "user:"] {
        let plain = format!("{prefix}{placeholder}!");
        for hidden in [
            STANDARD.encode(&plain),
            URL_SAFE_NO_PAD.encode(&plain),
            hex::encode(&plain),
            hex::encode_upper(&plain),
        ] {
            let url = |path: &str| world.url("api.test", path);
            let bearer = header(
                request("GET", &url("/")),
                "authorization",
                &format!("Bearer {hidden}"),
            );
            let mut body = request("POST", &url("/"));
            body.body = format!("{{\"token\":\"{hidden}\"}}").into();
            for (place, sent) in [("header", bearer), ("body", body)] {
                let error = world.egress.send(sent, &scope).await.unwrap_err();
                assert_eq!(
                    (error.code(), error.reached()),
                    ("EGRESS_BAD_REQUEST", Reached::No),
                    "{place}: {hidden}"
                );
                assert!(error.to_string().contains(place), "{error}");
            }
        }
    }
    assert!(world.standin.requests().is_empty());
    let basic = format!("Basic {}", STANDARD.encode(format!("user:{placeholder}")));
    let seen = sent(
        header(
            request("GET", &world.url("api.test", "/")),
            "authorization",
            &basic,
        ),
        &scope,
        &world,
    )
    .await;
    assert_eq!(
        seen.header("authorization"),
        Some(format!("Basic {}", STANDARD.encode("user:the-value")).as_str())
    );
}
