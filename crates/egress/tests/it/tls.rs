//! TLS: only certificates of known authorities, for the name that was asked for; the operator may add authorities.

use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use millrace_egress::standin::{Reply, Standin};
use millrace_egress::{Egress, EgressConfig, Reached, Scope};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use crate::world::{Names, code, header, request, scope};

/// A certificate authority in a file, and a certificate of it for `secure.test`.
struct Authority {
    folder: tempfile::TempDir,
    server: ServerConfig,
}

impl Authority {
    fn new() -> Authority {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let leaf = CertificateParams::new(vec!["secure.test".to_owned()])
            .unwrap()
            .signed_by(&key, &issuer)
            .unwrap();
        let provider = Arc::new(tokio_rustls::rustls::crypto::aws_lc_rs::default_provider());
        let server = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![leaf.der().clone()],
                PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
            )
            .unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ca.pem"), issuer.pem()).unwrap();
        Authority { folder, server }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }
}

/// Serves a stand-in's routes over TLS; returns the port.
async fn serve_tls(standin: &Standin, config: ServerConfig) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (handler, acceptor) = (standin.handler(), TlsAcceptor::from(Arc::new(config)));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (handler, acceptor) = (handler.clone(), acceptor.clone());
            tokio::spawn(async move {
                if let Ok(stream) = acceptor.accept(stream).await {
                    handler.serve(stream).await;
                }
            });
        }
    });
    port
}

fn client(extra_ca: Option<PathBuf>) -> Egress {
    let names = Names::default();
    for name in ["secure.test", "wrong.test", "plain.test"] {
        names.set(name, &[&["127.0.0.1"]]);
    }
    let config = EgressConfig {
        allow_private: vec!["127.0.0.1/32".parse().unwrap()],
        extra_ca,
        ..EgressConfig::default()
    };
    Egress::with_lookup(config, Arc::new(names)).unwrap()
}

#[tokio::test]
async fn authorities_and_names() {
    let authority = Authority::new();
    let standin = Standin::start().await.unwrap();
    standin.on("GET", "/", Reply::text(200, "safe"));
    let port = serve_tls(&standin, authority.server.clone()).await;
    let (stranger, friend) = (client(None), client(Some(authority.file())));
    let get = |host: &str| request("GET", &format!("https://{host}:{port}/"));

    assert_eq!(
        friend
            .send(get("secure.test"), &Scope::public())
            .await
            .unwrap()
            .body,
        "safe"
    );
    assert_eq!(
        friend
            .send(get("SECURE.test."), &Scope::public())
            .await
            .unwrap()
            .body,
        "safe"
    );
    for (egress, host) in [
        (&stranger, "secure.test"),
        (&friend, "wrong.test"),
        (&friend, "127.0.0.1"),
    ] {
        let error = egress.send(get(host), &Scope::public()).await.unwrap_err();
        assert_eq!(
            (error.code(), error.reached(), error.retryable()),
            ("EGRESS_TLS", Reached::No, false),
            "{error}"
        );
    }
    assert_eq!(standin.requests().len(), 2);
}

#[tokio::test]
async fn plain_http_where_tls_was_expected() {
    let standin = Standin::start().await.unwrap();
    let port = standin.address().port();
    let error = client(None)
        .send(
            request("GET", &format!("https://secure.test:{port}/")),
            &Scope::public(),
        )
        .await;
    let error = error.unwrap_err();
    assert!(
        ["EGRESS_TLS", "EGRESS_CONNECT"].contains(&error.code()),
        "{error:?}"
    );
    assert_eq!(error.reached(), Reached::No);
}

/// From https to http no secret travels, whatever its host list says.
#[tokio::test]
async fn no_secret_after_a_downgrade() {
    let authority = Authority::new();
    let standin = Standin::start().await.unwrap();
    let port = serve_tls(&standin, authority.server.clone()).await;
    let egress = client(Some(authority.file()));
    let plain = format!("http://secure.test:{}/end", standin.address().port());
    standin
        .on("POST", "/start", Reply::redirect(307, &plain))
        .on("POST", "/end", Reply::text(200, "end"));
    let scope = scope("mrs_abcdef", "value-123", &["secure.test"]);
    let post = || request("POST", &format!("https://secure.test:{port}/start"));

    let mut with_body = post();
    with_body.body = Bytes::from_static(b"key=mrs_abcdef");
    assert_eq!(
        code(&egress.send(with_body, &scope).await),
        "EGRESS_SECRET_NOT_ALLOWED"
    );
    assert_eq!(standin.requests().len(), 1);

    let with_header = header(post(), "authorization", "Bearer mrs_abcdef");
    assert_eq!(egress.send(with_header, &scope).await.unwrap().body, "end");
    let last = standin.requests().pop().unwrap();
    assert_eq!(
        (last.path.as_str(), last.header("authorization")),
        ("/end", None)
    );
}

#[tokio::test]
async fn http2() {
    let authority = Authority::new();
    let mut config = authority.server.clone();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let served = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let mut connection = h2::server::handshake(acceptor.accept(stream).await.unwrap())
            .await
            .unwrap();
        let mut seen = Vec::new();
        while let Some(Ok((request, mut respond))) = connection.accept().await {
            seen.push((
                request.uri().to_string(),
                request.headers().contains_key("host"),
            ));
            let mut body = respond
                .send_response(http::Response::new(()), false)
                .unwrap();
            body.send_data(Bytes::from_static(b"two value-123"), true)
                .unwrap();
            if seen.len() == 3 {
                // Let the last answer out before the connection goes.
                connection.graceful_shutdown();
            }
        }
        seen
    });
    let egress = client(Some(authority.file()));
    for n in 0..3 {
        let scope = scope("mrs_abcdef", "value-123", &["secure.test"]);
        let answer = egress
            .send(
                request("GET", &format!("https://secure.test:{port}/{n}")),
                &scope,
            )
            .await
            .unwrap();
        assert_eq!((answer.status, answer.status_text.as_str()), (200, "OK"));
        assert_eq!(answer.body, "two mrs_abcdef");
    }
    let expected: Vec<_> = (0..3)
        .map(|n| (format!("https://secure.test:{port}/{n}"), false))
        .collect();
    assert_eq!(served.await.unwrap(), expected);
}
