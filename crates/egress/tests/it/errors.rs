//! Codes, and the two questions a caller asks of an error.

use std::time::Duration;

use millrace_egress::{EgressError, Phase, Reached, Side};

use crate::world::World;

#[test]
fn codes_and_consequences() {
    let (host, detail) = (|| "h".to_owned(), || "d".to_owned());
    let timeout = |phase| EgressError::Timeout {
        host: host(),
        after: Duration::from_secs(1),
        phase,
    };
    let large = |side| EgressError::BodyTooLarge {
        side,
        what: "body",
        limit: 1,
    };
    for (error, code, retryable, reached) in [
        (
            EgressError::AddressRefused {
                host: host(),
                reason: "r",
            },
            "EGRESS_ADDRESS_REFUSED",
            false,
            Reached::No,
        ),
        (
            EgressError::HostNotAllowed { host: host() },
            "EGRESS_HOST_NOT_ALLOWED",
            false,
            Reached::No,
        ),
        (
            EgressError::SecretNotAllowed { host: host() },
            "EGRESS_SECRET_NOT_ALLOWED",
            false,
            Reached::No,
        ),
        (
            EgressError::Dns {
                host: host(),
                detail: detail(),
            },
            "EGRESS_DNS",
            true,
            Reached::No,
        ),
        (
            EgressError::Connect {
                host: host(),
                detail: detail(),
            },
            "EGRESS_CONNECT",
            true,
            Reached::No,
        ),
        (
            EgressError::Tls {
                host: host(),
                detail: detail(),
            },
            "EGRESS_TLS",
            false,
            Reached::No,
        ),
        (timeout(Phase::Connect), "EGRESS_TIMEOUT", true, Reached::No),
        (
            timeout(Phase::Answer),
            "EGRESS_TIMEOUT",
            true,
            Reached::Maybe,
        ),
        (timeout(Phase::Body), "EGRESS_TIMEOUT", true, Reached::Maybe),
        (
            large(Side::Request),
            "EGRESS_BODY_TOO_LARGE",
            false,
            Reached::No,
        ),
        (
            large(Side::Response),
            "EGRESS_BODY_TOO_LARGE",
            false,
            Reached::Maybe,
        ),
        (
            EgressError::Protocol {
                host: host(),
                detail: detail(),
            },
            "EGRESS_PROTOCOL",
            true,
            Reached::Maybe,
        ),
        (
            EgressError::TooManyRedirects { limit: 5 },
            "EGRESS_TOO_MANY_REDIRECTS",
            false,
            Reached::Maybe,
        ),
        (
            EgressError::BadUrl { reason: detail() },
            "EGRESS_BAD_URL",
            false,
            Reached::No,
        ),
        (
            EgressError::BadRequest { reason: detail() },
            "EGRESS_BAD_REQUEST",
            false,
            Reached::No,
        ),
    ] {
        assert_eq!(
            (error.code(), error.retryable(), error.reached()),
            (code, retryable, reached)
        );
        let later = EgressError::AfterRedirect {
            error: Box::new(error),
        };
        assert_eq!(
            (later.code(), later.retryable(), later.reached()),
            (code, retryable, Reached::Maybe)
        );
        assert_eq!(later.cause().code(), code);
    }
}

#[tokio::test]
async fn nobody_listens() {
    let world = World::new().await;
    // A port that was free a moment ago.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let error = world
        .fetch(&format!("http://api.test:{port}/"))
        .await
        .unwrap_err();
    assert!(matches!(error, EgressError::Connect { .. }), "{error:?}");
    assert!(error.retryable() && error.reached() == Reached::No);
    assert!(!error.to_string().contains("127.0.0.1"), "{error}");
}

/// A listener that accepts nothing: the queue is full, the handshake never ends.
#[tokio::test]
async fn a_connection_that_never_comes() {
    let world = World::with(|config| config.limits.connect = Duration::from_millis(300)).await;
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let mut fillers = Vec::new();
    for _ in 0..8 {
        let filler = tokio::time::timeout(
            Duration::from_millis(50),
            tokio::net::TcpStream::connect(address),
        )
        .await;
        fillers.push(filler);
    }
    assert!(fillers.iter().any(Result::is_err), "the queue did not fill");
    let error = world
        .fetch(&format!("http://api.test:{}/", address.port()))
        .await
        .unwrap_err();
    assert!(
        matches!(
            error,
            EgressError::Timeout {
                phase: Phase::Connect,
                ..
            }
        ),
        "{error:?}"
    );
    assert_eq!(error.reached(), Reached::No);
}

#[tokio::test]
async fn a_certificate_file_that_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("empty.pem");
    std::fs::write(&empty, "no certificate here\n").unwrap();
    for path in [empty, folder.path().join("missing.pem")] {
        let config = millrace_egress::EgressConfig {
            extra_ca: Some(path),
            ..Default::default()
        };
        let error = millrace_egress::Egress::new(config).err().unwrap();
        assert_eq!(error.code(), "EGRESS_SETUP");
    }
}
