//! Every spelling of an inside address, and every URL that is not one to request. Nothing may connect: the tables
//! run against a resolver that knows no name and listeners that count connections.

use http::Method;
use millrace_egress::standin::Standin;
use millrace_egress::{Egress, EgressConfig, Request, Scope};

use crate::world::{World, code};

/// Spellings that must be refused as addresses, by a client without exceptions.
const REFUSED: &[&str] = &[
    // plain
    "http://127.0.0.1/",
    "https://127.0.0.1/",
    "http://127.0.0.1:80/",
    "http://127.0.0.1:8080/",
    "http://0.0.0.0/",
    "http://10.0.0.1/",
    "http://172.16.0.1/",
    "http://192.168.1.1/",
    "http://169.254.169.254/latest/meta-data/",
    "http://169.254.170.2/v2/credentials",
    "http://100.100.100.200/",
    "http://168.63.129.16/",
    // decimal, hexadecimal, octal, mixed, short, padded
    "http://2130706433/",
    "http://2852039166/",
    "http://3232235777/",
    "http://167772161/",
    "http://0/",
    "http://4294967295/",
    "http://0x7f000001/",
    "http://0X7F000001/",
    "http://0xa9fea9fe/",
    "http://0x7f.0.0.1/",
    "http://0x7f.0x0.0x0.0x1/",
    "http://0x7f.1/",
    "http://017700000001/",
    "http://0177.0.0.1/",
    "http://0177.0.0.01/",
    "http://0177.1/",
    "http://00000177.0.0.1/",
    "http://127.1/",
    "http://127.0.1/",
    "http://10.1/",
    "http://192.168.257/",
    "http://0x7f.0.1/",
    "http://127.0x0.1/",
    "http://0xA9.0xFE.0xA9.0xFE/",
    "http://0251.0376.0251.0376/",
    "http://169.254.43518/",
    "http://169.16689662/",
    "http://127.0.0.0x1/",
    "http://0x0.0x0.0x0.0x0/",
    "http://00/",
    "http://0x/",
    "http://127.0.0.1./",
    "http://2130706433./",
    // full width, circled and other digits and dots, percent-encoding
    "http://１２７.０.０.１/",
    "http://①②⑦.⓪.⓪.①/",
    "http://127。0。0。1/",
    "http://127．0．0．1/",
    "http://127｡0｡0｡1/",
    "http://%31%32%37.0.0.1/",
    "http://127%2e0%2e0%2e1/",
    "http://%30x7f000001/",
    "http://１69.254.１69.254/",
    "http://%EF%BC%91%EF%BC%92%EF%BC%97.0.0.1/",
    // slashes, case, white space, tabs and line breaks
    "http:127.0.0.1/",
    "http:/127.0.0.1/",
    "http:///127.0.0.1/",
    "http:////127.0.0.1/",
    "http:\\\\127.0.0.1\\",
    "http://127.0.0.1\\@example.com/",
    "HTTP://127.0.0.1/",
    "hTtP://127.0.0.1/",
    " http://127.0.0.1/ ",
    "http://127.0.\t0.1/",
    "http://127.0.0\n.1/",
    "\thttp://127.0.0.1/",
    "http://127.0.0.1#@example.com/",
    "http://127.0.0.1?@example.com/",
    "http://127.0.0.1/@example.com",
    "http://127.0.0.1:/",
    // IPv6
    "http://[::1]/",
    "http://[::]/",
    "http://[0:0:0:0:0:0:0:1]/",
    "http://[0000:0000::0001]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[::FFFF:7F00:0001]/",
    "http://[0:0:0:0:0:ffff:127.0.0.1]/",
    "http://[::ffff:169.254.169.254]/",
    "http://[::ffff:a9fe:a9fe]/",
    "http://[::ffff:8.8.8.8]/",
    "http://[::127.0.0.1]/",
    "http://[::ffff:0:127.0.0.1]/",
    "http://[64:ff9b::127.0.0.1]/",
    "http://[64:ff9b::a9fe:a9fe]/",
    "http://[64:ff9b:1::1]/",
    "http://[2002:7f00:1::]/",
    "http://[2002:a9fe:a9fe::1]/",
    "http://[2001:0:7f00:1::]/",
    "http://[fd00:ec2::254]/",
    "http://[fc00::1]/",
    "http://[fe80::1]/",
    "http://[fec0::1]/",
    "http://[ff02::1]/",
    "http://[2001:db8::1]/",
    "http://[::1]:8080/",
    "http://[100::1]/",
    // names that mean this host or its cloud
    "http://localhost/",
    "http://LOCALHOST/",
    "http://LocalHost/",
    "http://localhost./",
    "http://localhost:8080/",
    "http://a.localhost/",
    "http://127.0.0.1.localhost/",
    "http://ｌｏｃａｌｈｏｓｔ/",
    "http://loc%61lhost/",
    "http://ⓛocalhost/",
    "http://localhost.localdomain/",
    "http://ip6-localhost/",
    "http://metadata.google.internal/",
    "http://METADATA.GOOGLE.INTERNAL/",
    "http://metadata.google.internal./computeMetadata/v1/",
    "http://metadata/",
    "http://instance-data/",
    "http://instance-data.ec2.internal/",
    // ports that are not web servers
    "http://example.com:0/",
    "http://example.com:21/",
    "http://example.com:22/",
    "http://example.com:23/",
    "http://example.com:25/",
    "http://example.com:53/",
    "http://example.com:110/",
    "http://example.com:143/",
    "http://example.com:389/",
    "http://example.com:445/",
    "http://example.com:465/",
    "http://example.com:587/",
    "http://example.com:993/",
    "http://example.com:2375/",
    "http://example.com:2379/",
    "http://example.com:3306/",
    "http://example.com:5432/",
    "http://example.com:6379/",
    "http://example.com:6667/",
    "http://example.com:10250/",
    "http://example.com:11211/",
    "http://example.com:27017/",
    "https://example.com:22/",
    "http://8.8.8.8:25/",
    "http://example.com:00022/",
];

/// Not a URL, not http, or not one we send.
const BAD: &[&str] = &[
    "",
    "/",
    "example.com",
    "//example.com/",
    "http://",
    "https://",
    "http:///",
    "http://.",
    "http://../",
    "ftp://example.com/",
    "file:///etc/passwd",
    "file://localhost/etc/passwd",
    "gopher://127.0.0.1:6379/_FLUSHALL",
    "dict://127.0.0.1:11211/",
    "data:text/plain,hello",
    "javascript:alert(1)",
    "ws://example.com/",
    "wss://example.com/",
    "about:blank",
    "blob:http://example.com/1",
    "unix:/var/run/docker.sock",
    "http+unix://%2fvar%2frun%2fdocker.sock/",
    "http://user@example.com/",
    "http://user:pass@example.com/",
    "http://:pass@example.com/",
    "http://example.com@127.0.0.1/",
    "http://127.0.0.1@example.com/",
    "http://169.254.169.254%40@example.com/",
    "http://127.0.0.1:80@example.com/",
    "http://256.256.256.256/",
    "http://127.0.0.1.1/",
    "http://1.2.3.4.5/",
    "http://0x7f.0.0.0.1/",
    "http://127.0.0.256/",
    "http://0xffffffffff/",
    "http://999999999999/",
    "http://08.0.0.1/",
    "http://127.0.0.09/",
    "http://1.2.3.4x.5.6.7.8/",
    "http://[::1/",
    "http://::1/",
    "http://[::1%25lo]/",
    "http://[fe80::1%25eth0]/",
    "http://[fe80::1%eth0]/",
    "http://[127.0.0.1]/",
    "http://[localhost]/",
    "http://[::ffff:127.0.0.256]/",
    "http://exa mple.com/",
    "http://example.com:65536/",
    "http://example.com:99999/",
    "http://example.com:-1/",
    "http://example.com:a/",
    "http://example.com:80:80/",
    "http://127.0.0.1%00.example.com/",
    "http://a%00b/",
    "http://a%2fb/",
    "http://a%23b/",
    "http://a%40b/",
    "http://%/",
    "http://a<b/",
    "http://a^b/",
    "http://a|b/",
    "http://xn--/",
    "http://a..b@/",
];

#[tokio::test]
async fn spellings_of_inside_addresses() {
    let names = std::sync::Arc::new(crate::world::Names::default());
    let egress = Egress::with_lookup(EgressConfig::default(), names.clone()).unwrap();
    let mut wrong = Vec::new();
    for url in REFUSED {
        let outcome = match Request::parse(Method::GET, url) {
            Ok(request) => egress.send(request, &Scope::public()).await,
            Err(error) => Err(error),
        };
        // `http://0x/` and the like: whether a parser reads an address or nothing, it must not get through.
        if code(&outcome) != "EGRESS_ADDRESS_REFUSED" {
            wrong.push((url, code(&outcome)));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(
        names.asked(),
        Vec::<String>::new(),
        "nothing of this is for a name server"
    );
    assert!(REFUSED.len() >= 140, "{}", REFUSED.len());
}

#[tokio::test]
async fn not_urls_to_request() {
    let world = World::new().await;
    let mut wrong = Vec::new();
    for url in BAD {
        let outcome = world.fetch(url).await;
        if code(&outcome) != "EGRESS_BAD_URL" {
            wrong.push((
                url,
                code(&outcome),
                outcome.err().map(|error| error.to_string()),
            ));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(world.names.asked(), Vec::<String>::new());
}

#[tokio::test]
async fn listeners_on_loopback_see_no_connection() {
    let standin = Standin::start().await.unwrap();
    let port = standin.address().port();
    let egress = Egress::with_lookup(
        EgressConfig::default(),
        std::sync::Arc::<crate::world::Names>::default(),
    )
    .unwrap();
    for host in [
        "127.0.0.1",
        "2130706433",
        "0x7f.1",
        "0",
        "0.0.0.0",
        "[::ffff:127.0.0.1]",
        "localhost",
        "127.1",
        "[::]",
    ] {
        let url = format!("http://{host}:{port}/");
        let outcome = egress
            .send(Request::parse(Method::GET, &url).unwrap(), &Scope::public())
            .await;
        assert_eq!(code(&outcome), "EGRESS_ADDRESS_REFUSED", "{url}");
    }
    assert_eq!(standin.connections(), 0);
}

#[tokio::test]
async fn very_long_urls_are_refused() {
    let world = World::new().await;
    let url = world.url("api.test", &format!("/{}", "a".repeat(40_000)));
    assert_eq!(code(&world.fetch(&url).await), "EGRESS_BAD_URL");
}
