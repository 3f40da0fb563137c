//! Names and what they resolve to: every address is checked, and only checked addresses are connected to.

use millrace_egress::standin::{Reply, Standin};
use millrace_egress::{Egress, EgressConfig, EgressError, Lookup, LookupError, Reached, Scope};

use crate::world::{World, code, request};

/// A listener at an address the client may not reach; it must never see a connection.
async fn inside(port: u16) -> Standin {
    Standin::bind(([127, 0, 0, 2], port).into()).await.unwrap()
}

#[tokio::test]
async fn inside_answers_are_refused() {
    let world = World::new().await;
    for (name, answer) in [
        ("loop.test", "127.0.0.2"),
        ("private.test", "10.0.0.5"),
        ("metadata.test", "169.254.169.254"),
        ("mapped.test", "::ffff:127.0.0.1"),
        ("loop6.test", "::1"),
        ("local6.test", "fd00::5"),
        ("nat64.test", "64:ff9b::7f00:2"),
        ("zero.test", "0.0.0.0"),
    ] {
        world.names.set(name, &[&[answer]]);
        let error = world.fetch(&world.url(name, "/")).await.unwrap_err();
        assert_eq!(error.code(), "EGRESS_ADDRESS_REFUSED", "{name}");
        assert_eq!(error.reached(), Reached::No);
        assert!(!error.retryable());
        assert!(
            !error.to_string().contains(answer),
            "the inside address is not told: {error}"
        );
    }
    assert_eq!(world.standin.connections(), 0);
}

#[tokio::test]
async fn one_bad_address_refuses_the_name() {
    let world = World::new().await;
    let inside = inside(world.standin.address().port()).await;
    world
        .names
        .set("mixed.test", &[&["127.0.0.1", "127.0.0.2"]]);
    world.names.set("dual.test", &[&["127.0.0.1", "::1"]]);
    for name in ["mixed.test", "dual.test"] {
        assert_eq!(
            code(&world.fetch(&world.url(name, "/")).await),
            "EGRESS_ADDRESS_REFUSED"
        );
    }
    assert_eq!((world.standin.connections(), inside.connections()), (0, 0));
}

/// First a good address, then a bad one: the second connection must be refused, not made.
#[tokio::test]
async fn rebinding_between_two_connections() {
    let world = World::new().await;
    let inside = inside(world.standin.address().port()).await;
    world.standin.on(
        "GET",
        "/",
        Reply::text(200, "outside").header("connection", "close"),
    );
    world
        .names
        .set("rebind.test", &[&["127.0.0.1"], &["127.0.0.2"]]);
    let url = world.url("rebind.test", "/");
    assert_eq!(world.fetch(&url).await.unwrap().body, "outside");
    assert_eq!(code(&world.fetch(&url).await), "EGRESS_ADDRESS_REFUSED");
    assert_eq!(inside.connections(), 0);
}

/// Within one connection the name is asked for once, and what was checked is what is connected to.
#[tokio::test]
async fn rebinding_between_check_and_connect() {
    let world = World::new().await;
    let inside = inside(world.standin.address().port()).await;
    world.standin.on("GET", "/", Reply::text(200, "outside"));
    world
        .names
        .set("rebind.test", &[&["127.0.0.1"], &["127.0.0.2"]]);
    for _ in 0..3 {
        assert_eq!(
            world
                .fetch(&world.url("rebind.test", "/"))
                .await
                .unwrap()
                .body,
            "outside"
        );
    }
    assert_eq!(world.names.asked(), ["rebind.test"]);
    assert_eq!(inside.connections(), 0);
}

#[tokio::test]
async fn names_that_do_not_resolve() {
    let world = World::new().await;
    let error = world.fetch("http://nowhere.test/").await.unwrap_err();
    assert!(matches!(error, EgressError::Dns { .. }), "{error}");
    assert!(error.retryable() && error.reached() == Reached::No);
    world.names.set("empty.test", &[&[]]);
    assert_eq!(code(&world.fetch("http://empty.test/").await), "EGRESS_DNS");
}

#[tokio::test]
async fn a_trailing_dot_is_the_same_host() {
    let world = World::new().await;
    world.standin.on("GET", "/", Reply::text(200, "ok"));
    let answer = world.fetch(&world.url("API.test.", "/")).await.unwrap();
    assert_eq!(answer.url.host_str(), Some("api.test"));
    assert_eq!(world.names.asked(), ["api.test"]);
    let port = world.standin.address().port();
    assert_eq!(
        world.standin.requests()[0].header("host"),
        Some(format!("api.test:{port}").as_str())
    );
}

#[tokio::test]
async fn configured_refusals_win() {
    let world = World::with(|config| config.refuse = vec!["127.0.0.0/8".parse().unwrap()]).await;
    assert_eq!(code(&world.get("/").await), "EGRESS_ADDRESS_REFUSED");
    let direct = format!("http://127.0.0.1:{}/", world.standin.address().port());
    assert_eq!(code(&world.fetch(&direct).await), "EGRESS_ADDRESS_REFUSED");
    assert_eq!(world.standin.connections(), 0);
}

/// The variables are read when a client is built, so the test runs itself again with them set.
#[tokio::test]
async fn the_environment_cannot_add_a_proxy() {
    const NAME: &str = "names::the_environment_cannot_add_a_proxy";
    if std::env::var_os("HTTP_PROXY")
        .is_some_and(|value| value.to_string_lossy().ends_with("/#inner"))
    {
        let world = World::new().await;
        world.standin.on("GET", "/", Reply::text(200, "direct"));
        assert_eq!(world.get("/").await.unwrap().body, "direct");
        println!("went directly");
        return;
    }
    let proxy = Standin::start().await.unwrap();
    let mut command = tokio::process::Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", NAME, "--nocapture"]);
    for variable in [
        "HTTP_PROXY",
        "http_proxy",
        "ALL_PROXY",
        "all_proxy",
        "HTTPS_PROXY",
        "https_proxy",
    ] {
        command.env(variable, format!("{}/#inner", proxy.url()));
    }
    let output = command.output().await.unwrap();
    assert!(
        String::from_utf8_lossy(&output.stdout).contains("went directly"),
        "{output:?}"
    );
    assert!(output.status.success());
    assert_eq!(proxy.connections(), 0);
}

/// A name server that never answers is an error of its own, before the connection's time is over.
#[tokio::test(start_paused = true)]
async fn a_resolver_that_never_answers() {
    struct Silent;
    #[async_trait::async_trait]
    impl Lookup for Silent {
        async fn addresses(&self, _: &str) -> Result<Vec<std::net::IpAddr>, LookupError> {
            std::future::pending().await
        }
    }
    let egress = Egress::with_lookup(EgressConfig::default(), std::sync::Arc::new(Silent)).unwrap();
    let started = tokio::time::Instant::now();
    let error = egress
        .send(request("GET", "http://slow.test/"), &Scope::public())
        .await
        .unwrap_err();
    assert_eq!(
        (error.code(), error.reached()),
        ("EGRESS_DNS", Reached::No),
        "{error}"
    );
    assert!(started.elapsed() < millrace_egress::limits::CONNECT);
}

#[test]
fn a_client_can_be_made_outside_a_runtime() {
    let egress = Egress::new(EgressConfig::default()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let outcome =
        runtime.block_on(egress.send(request("GET", "http://10.0.0.1/"), &Scope::public()));
    assert_eq!(code(&outcome), "EGRESS_ADDRESS_REFUSED");
}

#[tokio::test]
async fn the_system_resolver_is_checked_too() {
    let egress = Egress::new(EgressConfig::default()).unwrap();
    // In every machine's hosts file under one name or another; whatever it resolves to here, it is not public.
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname")
        .unwrap()
        .trim()
        .to_owned();
    let outcome = egress
        .send(request("GET", &format!("http://{name}/")), &Scope::public())
        .await;
    assert!(
        ["EGRESS_ADDRESS_REFUSED", "EGRESS_DNS"].contains(&code(&outcome)),
        "{outcome:?}"
    );
}
