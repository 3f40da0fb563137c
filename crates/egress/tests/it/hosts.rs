//! Host lists: what they accept, what they match, and that they hold on every hop.

use millrace_egress::standin::Reply;
use millrace_egress::{HostList, HostPattern, Scope};
use url::Url;

use crate::world::{World, code, hosts, request};

#[test]
fn matches() {
    for (pattern, host, port, expected) in [
        ("api.example.com", "api.example.com", 443, true),
        ("api.example.com", "API.Example.COM", 443, true),
        ("API.EXAMPLE.COM", "api.example.com", 443, true),
        ("api.example.com", "api.example.com.", 443, true),
        ("api.example.com.", "api.example.com", 443, true),
        ("api.example.com", "example.com", 443, false),
        ("api.example.com", "xapi.example.com", 443, false),
        ("api.example.com", "api.example.com.evil.net", 443, false),
        ("api.example.com", "evil-api.example.com", 443, false),
        ("*.example.com", "a.example.com", 443, true),
        ("*.example.com", "a.b.example.com", 443, true),
        ("*.example.com", "A.EXAMPLE.com.", 443, true),
        ("*.example.com", "example.com", 443, false),
        ("*.example.com", "badexample.com", 443, false),
        ("*.example.com", ".example.com", 443, false),
        ("*.example.com", "example.com.evil.net", 443, false),
        ("bücher.example", "xn--bcher-kva.example", 443, true),
        ("xn--bcher-kva.example", "BÜCHER.example", 443, true),
        ("*.bücher.example", "shop.xn--bcher-kva.example", 443, true),
        ("api.example.com:8443", "api.example.com", 8443, true),
        ("api.example.com:8443", "api.example.com", 443, false),
        ("api.example.com", "api.example.com", 8443, true),
        ("*.example.com:8443", "a.example.com", 8443, true),
        ("*.example.com:8443", "a.example.com", 80, false),
        ("127.0.0.1", "127.0.0.1", 80, true),
        ("0x7f.1", "127.0.0.1", 80, true),
        ("127.0.0.1", "127.0.0.10", 80, false),
        ("[::1]", "[::1]", 80, true),
        ("[0:0::1]:8080", "[::1]", 8080, true),
        ("[::1]:8080", "[::1]", 80, false),
        (" api.example.com ", "api.example.com", 443, true),
        ("api.example.com", "", 443, false),
        ("api.example.com", "not a host", 443, false),
    ] {
        assert_eq!(
            hosts(&[pattern]).matches(host, port),
            expected,
            "{pattern} {host} {port}"
        );
    }
    assert!(!HostList::default().matches("example.com", 443));
}

#[test]
fn refuses() {
    for bad in [
        "",
        " ",
        ".",
        "*",
        "*.",
        "*.com",
        "**.example.com",
        "a.*.com",
        "a*.example.com",
        "*.*.example.com",
        "https://example.com",
        "example.com/",
        "example.com/path",
        "user@example.com",
        "a b",
        "example.com:0",
        "example.com:65536",
        "example.com:x",
        "example.com:",
        "*.1.2.3.4",
        "a?b",
        "a#b",
        "[::1",
        "%65xample.com",
    ] {
        assert!(HostPattern::parse(bad).is_err(), "{bad:?} was accepted");
    }
}

#[test]
fn of_url() {
    let list = HostList::of_url(&Url::parse("https://API.example.com/v1").unwrap()).unwrap();
    assert!(list.matches("api.example.com", 443));
    assert!(!list.matches("example.com", 443));
    let list = HostList::of_url(&Url::parse("http://crm.example:8080/").unwrap()).unwrap();
    assert!(list.matches("crm.example", 8080) && !list.matches("crm.example", 80));
    assert!(HostList::of_url(&Url::parse("data:,x").unwrap()).is_err());
}

#[tokio::test]
async fn a_scope_reaches_its_hosts_only() {
    let world = World::new().await;
    world.standin.on("GET", "/**", Reply::text(200, "hello"));
    let scope = Scope {
        hosts: Some(hosts(&["api.test"])),
        ..Scope::default()
    };
    let get = |host: &str| {
        world
            .egress
            .send(request("GET", &world.url(host, "/x")), &scope)
    };
    assert_eq!(code(&get("api.test").await), "OK");
    assert_eq!(code(&get("API.TEST.").await), "OK");
    assert_eq!(code(&get("other.test").await), "EGRESS_HOST_NOT_ALLOWED");
    assert_eq!(code(&get("127.0.0.1").await), "EGRESS_HOST_NOT_ALLOWED");
    let nowhere = Scope {
        hosts: Some(HostList::default()),
        ..Scope::default()
    };
    let outcome = world
        .egress
        .send(request("GET", &world.url("api.test", "/x")), &nowhere)
        .await;
    assert_eq!(code(&outcome), "EGRESS_HOST_NOT_ALLOWED");
    assert_eq!(world.standin.requests().len(), 2);
}

#[tokio::test]
async fn a_redirect_cannot_leave_the_list() {
    let world = World::new().await;
    world.standin.on(
        "GET",
        "/a",
        Reply::redirect(302, &world.url("other.test", "/b")),
    );
    let scope = Scope {
        hosts: Some(hosts(&["api.test"])),
        ..Scope::default()
    };
    let outcome = world
        .egress
        .send(request("GET", &world.url("api.test", "/a")), &scope)
        .await;
    assert_eq!(code(&outcome), "EGRESS_HOST_NOT_ALLOWED");
    assert_eq!(world.standin.requests().len(), 1);
}
