//! The egress map: a host's traffic goes to a stand-in, everything else stays as strict as before.

use millrace_egress::standin::{Reply, Standin};
use millrace_egress::{Egress, EgressConfig, EgressMap, Scope};

use crate::world::{Names, code, hosts, request, scope};

fn client(map: &str) -> Egress {
    let config = EgressConfig {
        map: EgressMap::parse(map).unwrap(),
        ..EgressConfig::default()
    };
    Egress::with_lookup(config, std::sync::Arc::<Names>::default()).unwrap()
}

#[tokio::test]
async fn traffic_goes_to_the_standin_under_its_own_name() {
    let standin = Standin::start().await.unwrap();
    standin.on("GET", "/v2/meetings/*", Reply::text(200, "meeting"));
    let egress = client(&format!("api.zoom.us={}", standin.url()));
    let get = request("GET", "https://api.zoom.us/v2/meetings/a%2Fb?x=1&y=%20#top");
    let answer = egress.send(get, &Scope::public()).await.unwrap();
    assert_eq!(answer.body, "meeting");
    assert_eq!(
        answer.url.as_str(),
        "https://api.zoom.us/v2/meetings/a%2Fb?x=1&y=%20"
    );
    let seen = &standin.requests()[0];
    assert_eq!(seen.header("host"), Some("api.zoom.us"));
    assert_eq!(
        (seen.path.as_str(), seen.query.as_str()),
        ("/v2/meetings/a%2Fb", "x=1&y=%20")
    );
    assert_eq!(
        seen.headers
            .iter()
            .filter(|(name, _)| name == "host")
            .count(),
        1
    );
}

#[tokio::test]
async fn a_target_path_is_a_prefix() {
    let standin = Standin::start().await.unwrap();
    standin.on("GET", "/**", Reply::new(204));
    let egress = client(&format!(
        "a.test={0}/alpha,b.test:8443={0}/beta/",
        standin.url()
    ));
    for url in [
        "https://a.test/",
        "https://a.test/x/y",
        "https://b.test:8443/z",
        "http://a.test:8080/q",
    ] {
        assert_eq!(
            egress
                .send(request("GET", url), &Scope::public())
                .await
                .unwrap()
                .status,
            204,
            "{url}"
        );
    }
    let paths: Vec<String> = standin
        .requests()
        .into_iter()
        .map(|request| request.path)
        .collect();
    assert_eq!(paths, ["/alpha/", "/alpha/x/y", "/beta/z", "/alpha/q"]);
    assert_eq!(standin.requests()[2].header("host"), Some("b.test:8443"));
}

#[tokio::test]
async fn only_what_is_mapped() {
    let standin = Standin::start().await.unwrap();
    standin.on("GET", "/**", Reply::new(204));
    let egress = client(&format!(
        "a.test={},b.test:8443={}",
        standin.url(),
        standin.url()
    ));
    let direct = format!("{}/", standin.url());
    for (url, expected) in [
        (direct.as_str(), "EGRESS_ADDRESS_REFUSED"),
        ("http://localhost/", "EGRESS_ADDRESS_REFUSED"),
        ("https://b.test/", "EGRESS_DNS"),
        ("https://sub.a.test/", "EGRESS_DNS"),
        ("https://a.test:22/", "EGRESS_ADDRESS_REFUSED"),
        ("https://a.test/", "OK"),
    ] {
        assert_eq!(
            code(&egress.send(request("GET", url), &Scope::public()).await),
            expected,
            "{url}"
        );
    }
    let elsewhere = Scope {
        hosts: Some(hosts(&["c.test"])),
        ..Scope::default()
    };
    let outcome = egress
        .send(request("GET", "https://a.test/"), &elsewhere)
        .await;
    assert_eq!(code(&outcome), "EGRESS_HOST_NOT_ALLOWED");
}

#[tokio::test]
async fn redirects_are_seen_from_outside_the_map() {
    let standin = Standin::start().await.unwrap();
    standin
        .on("GET", "/relative", Reply::redirect(302, "/end?x=1"))
        .on("GET", "/named", Reply::redirect(302, "https://b.test/end"))
        .on(
            "GET",
            "/own",
            Reply::redirect(302, &format!("{}/end", standin.url())),
        )
        .on("GET", "/end", Reply::text(200, "end"));
    let egress = client(&format!("a.test={0},b.test={0}", standin.url()));
    let get = async |path: &str| {
        egress
            .send(
                request("GET", &format!("https://a.test{path}")),
                &Scope::public(),
            )
            .await
    };
    let answer = get("/relative").await.unwrap();
    assert_eq!(
        (answer.url.as_str(), answer.redirected),
        ("https://a.test/end?x=1", true)
    );
    assert_eq!(
        get("/named").await.unwrap().url.as_str(),
        "https://b.test/end"
    );
    assert_eq!(code(&get("/own").await), "EGRESS_ADDRESS_REFUSED");
}

#[tokio::test]
async fn secrets_follow_the_outside_name() {
    let standin = Standin::start().await.unwrap();
    standin.on("GET", "/**", Reply::new(204));
    let egress = client(&format!("a.test={0},b.test={0}", standin.url()));
    let scope = scope("ph_1", "s3cret-value", &["a.test"]);
    let with = |host: &str| {
        crate::world::header(request("GET", &format!("https://{host}/")), "x-key", "ph_1")
    };
    assert_eq!(code(&egress.send(with("a.test"), &scope).await), "OK");
    assert_eq!(
        code(&egress.send(with("b.test"), &scope).await),
        "EGRESS_SECRET_NOT_ALLOWED"
    );
    assert_eq!(standin.requests().len(), 1);
    assert_eq!(standin.requests()[0].header("x-key"), Some("s3cret-value"));
}

#[tokio::test]
async fn the_narrowest_entry_wins() {
    let (wide, narrow, port) = (
        Standin::start().await.unwrap(),
        Standin::start().await.unwrap(),
        Standin::start().await.unwrap(),
    );
    for standin in [&wide, &narrow, &port] {
        standin.on("GET", "/", Reply::new(204));
    }
    let map = format!(
        "*.a.test={},x.a.test={},x.a.test:8443={}",
        wide.url(),
        narrow.url(),
        port.url()
    );
    let egress = client(&map);
    for url in [
        "https://x.a.test/",
        "https://y.a.test/",
        "https://x.a.test:8443/",
    ] {
        egress
            .send(request("GET", url), &Scope::public())
            .await
            .unwrap();
    }
    assert_eq!(
        [
            wide.requests().len(),
            narrow.requests().len(),
            port.requests().len()
        ],
        [1, 1, 1]
    );
}

#[test]
fn maps_that_cannot_be_used() {
    for bad in [
        "a.test",
        "=http://127.0.0.1:1",
        "a.test=",
        "a.test=127.0.0.1:1",
        "a.test=ftp://127.0.0.1/",
        "a.test=http://u:p@127.0.0.1/",
        "a.test=http://127.0.0.1/?x",
        "a.test=http://127.0.0.1/#x",
        "https://a.test=http://127.0.0.1",
        "a.test/x=http://127.0.0.1",
        "a.test=http://h:1,a.test=http://h:2",
        "a.test=http://h:1,A.TEST.=http://h:2",
        "*=http://127.0.0.1:1",
        "a.test:0=http://127.0.0.1:1",
    ] {
        let error = EgressMap::parse(bad).expect_err(bad);
        assert!(!error.reason.is_empty());
    }
    for (good, empty) in [
        ("", true),
        (" , ,", true),
        ("a.test=http://127.0.0.1:1", false),
    ] {
        assert_eq!(
            EgressMap::parse(good).unwrap().is_empty(),
            empty,
            "{good:?}"
        );
    }
    let map = EgressMap::parse("API.test=http://127.0.0.1:1").unwrap();
    assert_eq!(map.describe(), ["api.test -> http://127.0.0.1:1/"]);
}
