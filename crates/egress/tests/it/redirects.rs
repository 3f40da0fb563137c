//! Redirects: followed as the Fetch standard says, every hop checked like a new request.

use bytes::Bytes;
use millrace_egress::standin::{Reply, Standin};
use millrace_egress::{EgressError, Reached, Redirect, Request, Scope};

use crate::world::{World, code, header, request};

fn post(url: &str) -> Request {
    let mut post = header(request("POST", url), "content-type", "application/json");
    post.body = Bytes::from_static(b"{\"a\":1}");
    post
}

#[tokio::test]
async fn methods_and_bodies() {
    let world = World::new().await;
    for status in [301u16, 302, 303, 307, 308] {
        world.standin.on(
            "*",
            &format!("/{status}"),
            Reply::redirect(status, "/end").body("moved"),
        );
    }
    world.standin.on("*", "/end", Reply::text(200, "end"));
    for (method, status, then) in [
        ("POST", 301, "GET"),
        ("POST", 302, "GET"),
        ("POST", 303, "GET"),
        ("POST", 307, "POST"),
        ("POST", 308, "POST"),
        ("PUT", 301, "PUT"),
        ("PUT", 302, "PUT"),
        ("PUT", 303, "GET"),
        ("PUT", 307, "PUT"),
        ("DELETE", 303, "GET"),
        ("PATCH", 308, "PATCH"),
        ("GET", 303, "GET"),
        ("HEAD", 303, "HEAD"),
        ("HEAD", 301, "HEAD"),
        ("GET", 307, "GET"),
    ] {
        world.standin.clear();
        let mut sent = post(&world.url("api.test", &format!("/{status}")));
        sent.method = method.parse().unwrap();
        if matches!(method, "GET" | "HEAD") {
            sent.body = Bytes::new();
        }
        let answer = world.egress.send(sent, &Scope::public()).await.unwrap();
        assert!(answer.redirected);
        assert_eq!(answer.url.path(), "/end");
        let last = world.standin.requests().pop().unwrap();
        assert_eq!(last.method, then, "{method} {status}");
        let kept = then != "GET" && then != "HEAD";
        assert_eq!(last.body == "{\"a\":1}", kept, "{method} {status}");
        if method != "GET" && method != "HEAD" {
            assert_eq!(
                last.header("content-type").is_some(),
                kept,
                "{method} {status}"
            );
        }
    }
}

#[tokio::test]
async fn five_are_followed_and_six_are_not() {
    let world = World::new().await;
    for n in 0..11 {
        world.standin.on(
            "GET",
            &format!("/{n}"),
            Reply::redirect(302, &format!("/{}", n + 1)),
        );
    }
    world.standin.on("GET", "/11", Reply::text(200, "end"));
    assert_eq!(world.get("/6").await.unwrap().body, "end");
    let error = world.get("/5").await.unwrap_err();
    assert!(
        matches!(error, EgressError::TooManyRedirects { limit: 5 }),
        "{error}"
    );
    assert_eq!(error.reached(), Reached::Maybe);
    world.standin.clear();
    assert_eq!(code(&world.get("/0").await), "EGRESS_TOO_MANY_REDIRECTS");
    assert_eq!(world.standin.requests().len(), 6);
    world
        .standin
        .on("GET", "/loop", Reply::redirect(302, "/loop"));
    assert_eq!(code(&world.get("/loop").await), "EGRESS_TOO_MANY_REDIRECTS");
}

#[tokio::test]
async fn manual_and_error() {
    let world = World::new().await;
    world
        .standin
        .on("GET", "/a", Reply::redirect(302, "/b").body("here"));
    world.standin.on("GET", "/b", Reply::text(200, "b"));
    let mut manual = request("GET", &world.url("api.test", "/a"));
    manual.redirect = Redirect::Manual;
    let answer = world.egress.send(manual, &Scope::public()).await.unwrap();
    assert_eq!(
        (answer.status, answer.redirected, &answer.body[..]),
        (302, false, &b"here"[..])
    );
    assert_eq!(answer.headers["location"], "/b");
    let mut error = request("GET", &world.url("api.test", "/a"));
    error.redirect = Redirect::Error;
    assert_eq!(
        code(&world.egress.send(error, &Scope::public()).await),
        "EGRESS_TOO_MANY_REDIRECTS"
    );
    assert!(
        world
            .standin
            .requests()
            .iter()
            .all(|request| request.path == "/a")
    );
}

#[tokio::test]
async fn answers_that_are_not_redirects() {
    let world = World::new().await;
    world.standin.on("GET", "/300", Reply::redirect(300, "/x"));
    world.standin.on("GET", "/304", Reply::redirect(304, "/x"));
    world.standin.on("GET", "/200", Reply::redirect(200, "/x"));
    world
        .standin
        .on("GET", "/nowhere", Reply::new(302).body("no location"));
    for (path, status) in [
        ("/300", 300),
        ("/304", 304),
        ("/200", 200),
        ("/nowhere", 302),
    ] {
        let answer = world.get(path).await.unwrap();
        assert_eq!(
            (answer.status, answer.redirected),
            (status, false),
            "{path}"
        );
    }
}

#[tokio::test]
async fn locations_in_every_form() {
    let world = World::new().await;
    world.standin.on("GET", "/**", Reply::text(200, "end"));
    let port = world.standin.address().port();
    for (location, expected) in [
        ("/end".to_owned(), format!("http://api.test:{port}/end")),
        ("end".to_owned(), format!("http://api.test:{port}/dir/end")),
        ("../end".to_owned(), format!("http://api.test:{port}/end")),
        (
            "?q=1".to_owned(),
            format!("http://api.test:{port}/dir/start?q=1"),
        ),
        (
            format!("//other.test:{port}/end"),
            format!("http://other.test:{port}/end"),
        ),
        (
            format!("http://OTHER.test.:{port}/end"),
            format!("http://other.test:{port}/end"),
        ),
        (
            "/end#part".to_owned(),
            format!("http://api.test:{port}/end"),
        ),
        ("/é".to_owned(), format!("http://api.test:{port}/%C3%A9")),
    ] {
        world
            .standin
            .on("GET", "/dir/start", Reply::redirect(302, &location));
        if location.starts_with('?') {
            world.standin.on_each(
                "GET",
                "/dir/start",
                vec![Reply::redirect(302, &location), Reply::new(200)],
            );
        }
        let answer = world.get("/dir/start").await.unwrap();
        assert_eq!(answer.url.as_str(), expected, "{location}");
    }
}

#[tokio::test]
async fn every_hop_is_checked() {
    let world = World::new().await;
    let port = world.standin.address().port();
    let inside = Standin::bind(([127, 0, 0, 2], port).into()).await.unwrap();
    world.names.set("inside.test", &[&["127.0.0.2"]]);
    for (location, expected) in [
        (
            format!("http://127.0.0.2:{port}/"),
            "EGRESS_ADDRESS_REFUSED",
        ),
        (
            format!("http://inside.test:{port}/"),
            "EGRESS_ADDRESS_REFUSED",
        ),
        (format!("//127.0.0.2:{port}/"), "EGRESS_ADDRESS_REFUSED"),
        (
            format!("http://2130706434:{port}/"),
            "EGRESS_ADDRESS_REFUSED",
        ),
        (
            format!("http://[::ffff:127.0.0.2]:{port}/"),
            "EGRESS_ADDRESS_REFUSED",
        ),
        (
            "http://169.254.169.254/latest/".to_owned(),
            "EGRESS_ADDRESS_REFUSED",
        ),
        (
            "http://metadata.google.internal/".to_owned(),
            "EGRESS_ADDRESS_REFUSED",
        ),
        ("http://api.test:22/".to_owned(), "EGRESS_ADDRESS_REFUSED"),
        ("ftp://api.test/".to_owned(), "EGRESS_BAD_URL"),
        ("file:///etc/passwd".to_owned(), "EGRESS_BAD_URL"),
        ("data:text/plain,x".to_owned(), "EGRESS_BAD_URL"),
        ("javascript:alert(1)".to_owned(), "EGRESS_BAD_URL"),
        (
            format!("http://user:pass@api.test:{port}/"),
            "EGRESS_BAD_URL",
        ),
        ("http://[".to_owned(), "EGRESS_BAD_URL"),
        ("http://nowhere.test/".to_owned(), "EGRESS_DNS"),
    ] {
        for status in [301, 302, 303, 307, 308] {
            world
                .standin
                .on("GET", "/start", Reply::redirect(status, &location));
            let error = world.get("/start").await.unwrap_err();
            assert_eq!(error.code(), expected, "{status} {location}");
            assert_eq!(
                error.reached(),
                Reached::Maybe,
                "the first host has seen the request"
            );
            assert!(matches!(error, EgressError::AfterRedirect { .. }));
        }
    }
    assert_eq!(inside.connections(), 0);
}

#[tokio::test]
async fn a_page_cannot_redirect() {
    let world = World::new().await;
    let page = "<meta http-equiv=refresh content='0; url=http://127.0.0.2/'>";
    world.standin.on(
        "GET",
        "/",
        Reply::text(200, page)
            .header("refresh", "0; url=/x")
            .header("alt-svc", "h2=\":1\""),
    );
    assert_eq!(world.get("/").await.unwrap().body, page);
    assert_eq!(world.standin.requests().len(), 1);
}

#[tokio::test]
async fn credentials_stay_with_their_origin() {
    let world = World::new().await;
    let other = world.url("other.test", "/end");
    world
        .standin
        .on("GET", "/same", Reply::redirect(307, "/end"));
    world
        .standin
        .on("GET", "/cross", Reply::redirect(307, &other));
    world.standin.on("GET", "/end", Reply::text(200, "end"));
    let with = |path: &str| {
        let request = header(
            request("GET", &world.url("api.test", path)),
            "authorization",
            "Bearer abc",
        );
        header(header(request, "cookie", "a=b"), "x-other", "kept")
    };
    for (path, kept) in [("/same", true), ("/cross", false)] {
        world
            .egress
            .send(with(path), &Scope::public())
            .await
            .unwrap();
        let last = world.standin.requests().pop().unwrap();
        assert_eq!(last.path, "/end");
        assert_eq!(last.header("authorization").is_some(), kept, "{path}");
        assert_eq!(last.header("cookie").is_some(), kept, "{path}");
        assert_eq!(last.header("x-other"), Some("kept"));
    }
}

#[tokio::test]
async fn another_port_is_another_origin() {
    let world = World::new().await;
    let second = Standin::start().await.unwrap();
    second.on("GET", "/end", Reply::text(200, "end"));
    let to = format!("http://api.test:{}/end", second.address().port());
    world.standin.on("GET", "/start", Reply::redirect(302, &to));
    let sent = header(
        request("GET", &world.url("api.test", "/start")),
        "authorization",
        "Bearer abc",
    );
    world.egress.send(sent, &Scope::public()).await.unwrap();
    assert_eq!(second.requests()[0].header("authorization"), None);
}

#[tokio::test]
async fn cookies_are_not_kept() {
    let world = World::new().await;
    world.standin.on(
        "GET",
        "/",
        Reply::new(204)
            .header("set-cookie", "a=1")
            .header("set-cookie", "b=2; Domain=other.test"),
    );
    let answer = world.get("/").await.unwrap();
    assert_eq!(answer.headers.get_all("set-cookie").iter().count(), 2);
    world.get("/").await.unwrap();
    world.fetch(&world.url("other.test", "/")).await.unwrap();
    assert!(
        world
            .standin
            .requests()
            .iter()
            .all(|request| request.header("cookie").is_none())
    );
}
