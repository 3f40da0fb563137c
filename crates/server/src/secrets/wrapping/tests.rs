//! Key services in the shapes that their documentation records, over a stand-in on loopback.
#![allow(clippy::unwrap_used)]

use millrace_clock::Timestamp;
use millrace_db::on_both;
use millrace_egress::standin::{Reply, Standin};
use serde_json::json;

use super::sigv4::{Signing, amz_date};
use super::*;
use crate::config::ServeOptions;
use crate::secrets::{KeyError, Keyring, counts, load, store};

const TOKEN: &str = "hvs.CAESIJ-token-of-tests";

fn config(dir: &std::path::Path, url: &str, settings: &[(&str, &str)]) -> Config {
    let options = ServeOptions { data: Some(dir.to_owned()), database_url: Some(url.to_owned()), ..ServeOptions::default() };
    Config::from_parts(&options, |name| settings.iter().find(|(own, _)| *own == name).map(|(_, text)| (*text).to_owned())).unwrap()
}

/// A Vault that "encrypts" by writing its prefix before the base64, as its ciphertexts begin.
async fn vault() -> Standin {
    let vault = Standin::start().await.unwrap();
    vault.on_fn("POST", "/v1/transit/encrypt/millrace", |request| {
        Reply::json(200, json!({"request_id": "0d1b", "lease_id": "", "renewable": false, "lease_duration": 0, "wrap_info": null, "warnings": null, "auth": null,
            "data": {"ciphertext": format!("vault:v1:{}", request.json()["plaintext"].as_str().unwrap()), "key_version": 1}}))
    });
    vault.on_fn("POST", "/v1/transit/decrypt/millrace", |request| {
        let text = request.json()["ciphertext"].as_str().unwrap().to_owned();
        match text.strip_prefix("vault:v1:") {
            Some(plain) => Reply::json(200, json!({"request_id": "0d1c", "data": {"plaintext": plain}})),
            None => Reply::json(400, json!({"errors": ["invalid ciphertext: no prefix"]})),
        }
    });
    vault
}

fn of_vault(url: &str) -> Vec<(&'static str, String)> {
    vec![("MILLRACE_VAULT_ADDR", url.to_owned()), ("MILLRACE_VAULT_KEY", "millrace".to_owned()), ("MILLRACE_VAULT_TOKEN", TOKEN.to_owned())]
}

async fn service(settings: &[(&str, String)]) -> Arc<dyn WrappingKey> {
    let settings: Vec<(&str, &str)> = settings.iter().map(|(name, text)| (*name, text.as_str())).collect();
    of(&config(std::path::Path::new("."), "sqlite://none.db", &settings)).unwrap().unwrap()
}

#[tokio::test]
async fn vault_wraps_and_unwraps() {
    let vault = vault().await;
    let service = service(&of_vault(&vault.url())).await;
    let (key, kept) = make(service.as_ref()).await.unwrap();
    assert_eq!((kept.id.as_str(), kept.wrapped_by.as_str()), (key.id(), "vault:transit/millrace"));
    assert!(kept.wrapped.starts_with("vault:v1:"));
    assert_eq!(unwrap(service.as_ref(), &kept).await.unwrap().to_text(), key.to_text());
    assert!(vault.requests().iter().all(|r| r.header("x-vault-token") == Some(TOKEN)));

    let other = Kept { wrapped: make(service.as_ref()).await.unwrap().1.wrapped, ..kept.clone() };
    assert!(matches!(unwrap(service.as_ref(), &other).await, Err(ServiceError::Refused(_, why)) if why.contains("another key")), "another key in its row");
    let broken = Kept { wrapped: "nonsense".to_owned(), ..kept };
    assert!(matches!(unwrap(service.as_ref(), &broken).await, Err(ServiceError::Refused(_, why)) if why.contains("invalid ciphertext")));
}

#[tokio::test]
async fn who_is_away_is_told_from_who_refuses() {
    let vault = Standin::start().await.unwrap();
    let service = service(&of_vault(&vault.url())).await;
    for (status, said, away) in [(503, "Vault is sealed", true), (500, "internal error", true), (429, "request path rate limit", true), (403, "permission denied", false), (404, "no handler", false)] {
        vault.on("POST", "/v1/transit/decrypt/millrace", Reply::json(status, json!({"errors": [said]})));
        let error = service.unwrap("vault:v1:AA==").await.unwrap_err();
        assert_eq!(matches!(error, ServiceError::Away(..)), away, "{error}");
        assert!(error.to_string().contains(said) && !error.to_string().contains(TOKEN), "{error}");
    }
    drop(vault);
    let nobody = self::service(&of_vault("http://127.0.0.1:9")).await;
    assert!(matches!(nobody.unwrap("vault:v1:AA==").await, Err(ServiceError::Away(..))));
}

/// The vector `post-vanilla` of AWS's own suite for signatures of version 4.
#[test]
fn requests_are_signed_as_aws_wants_them() {
    let at: Timestamp = Timestamp::parse("2015-08-30T12:36:00Z").unwrap();
    let date = amz_date(at);
    assert_eq!(date, "20150830T123600Z");
    let signing = Signing { key_id: "AKIDEXAMPLE", secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", region: "us-east-1", service: "service" };
    let headers = [("host", "example.amazonaws.com"), ("x-amz-date", date.as_str())];
    assert_eq!(signing.authorization(&date, &headers, b""), VANILLA);
}

const VANILLA: &str = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, \
    Signature=5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b";

#[tokio::test]
async fn aws_kms_wraps_and_unwraps() {
    let kms = Standin::start().await.unwrap();
    kms.on_fn("POST", "/", |request| {
        let body = request.json();
        assert_eq!(body["EncryptionContext"], json!({"millrace": "master-key"}));
        match request.header("x-amz-target").unwrap() {
            "TrentService.Encrypt" => Reply::json(200, json!({"CiphertextBlob": body["Plaintext"], "KeyId": body["KeyId"], "EncryptionAlgorithm": "SYMMETRIC_DEFAULT"})),
            "TrentService.Decrypt" => Reply::json(200, json!({"Plaintext": body["CiphertextBlob"], "KeyId": body["KeyId"], "EncryptionAlgorithm": "SYMMETRIC_DEFAULT"})),
            other => Reply::json(400, json!({"__type": "UnknownOperationException", "message": other})),
        }
    });
    let key = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    let mut settings = vec![
        ("MILLRACE_AWS_KMS_KEY", key.to_owned()),
        ("MILLRACE_AWS_KMS_URL", kms.url()),
        ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI".to_owned()),
        ("AWS_SESSION_TOKEN", "session-of-tests".to_owned()),
    ];
    let given = service(&settings).await;
    let (made, kept) = make(given.as_ref()).await.unwrap();
    assert_eq!(unwrap(given.as_ref(), &kept).await.unwrap().to_text(), made.to_text());
    let request = kms.requests().pop().unwrap();
    let signature = request.header("authorization").unwrap();
    assert!(signature.contains("/eu-central-1/kms/aws4_request") && signature.contains("SignedHeaders=content-type;host;x-amz-date;x-amz-security-token;x-amz-target"), "{signature}");
    assert_eq!((request.header("x-amz-security-token"), request.header("content-type")), (Some("session-of-tests"), Some("application/x-amz-json-1.1")));

    // The same with what a container is offered.
    settings.retain(|(name, _)| name.starts_with("MILLRACE"));
    kms.on("GET", "/creds", Reply::json(200, json!({"AccessKeyId": "ASIAOFCONTAINER", "SecretAccessKey": "s", "Token": "t", "Expiration": "2026-01-15T18:00:00Z"})));
    settings.extend([("AWS_CONTAINER_CREDENTIALS_FULL_URI", format!("{}/creds", kms.url())), ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "pod".to_owned())]);
    let container = service(&settings).await;
    assert_eq!(unwrap(container.as_ref(), &kept).await.unwrap().to_text(), made.to_text());
    let asked = kms.requests();
    assert_eq!(asked[asked.len() - 2].header("authorization"), Some("pod"));
    assert!(asked[asked.len() - 1].header("authorization").unwrap().contains("ASIAOFCONTAINER"));

    for (kind, away) in [("ThrottlingException", true), ("KMSInternalException", true), ("AccessDeniedException", false), ("DisabledException", false)] {
        kms.on("POST", "/", Reply::json(400, json!({"__type": kind, "message": "Rate exceeded, or not"})));
        assert_eq!(matches!(given.unwrap(&kept.wrapped).await.unwrap_err(), ServiceError::Away(..)), away, "{kind}");
    }
}

#[test]
fn a_service_is_configured_wholly_or_not_at_all() {
    let refused = |settings: &[(&str, &str)]| {
        let found = Config::from_parts(&ServeOptions::default(), |name| settings.iter().find(|(own, _)| *own == name).map(|(_, text)| (*text).to_owned()));
        found.map(|_| Vec::new()).unwrap_or_else(|errors| errors.0.into_iter().map(|e| e.name).collect::<Vec<_>>())
    };
    let vault = [("MILLRACE_VAULT_KEY", "millrace"), ("MILLRACE_VAULT_ADDR", "https://vault.example:8200"), ("MILLRACE_VAULT_TOKEN", TOKEN)];
    assert!(refused(&vault).is_empty());
    assert_eq!(refused(&vault[..1]), ["MILLRACE_VAULT_ADDR", "MILLRACE_VAULT_TOKEN"]);
    assert_eq!(refused(&vault[1..]), ["MILLRACE_VAULT_ADDR", "MILLRACE_VAULT_TOKEN"], "no key is named");
    assert_eq!(refused(&[vault[0], ("MILLRACE_VAULT_ADDR", "http://vault.example"), vault[2]]), ["MILLRACE_VAULT_ADDR"]);
    assert_eq!(refused(&[("MILLRACE_VAULT_KEY", "../sys/x"), vault[1], vault[2]]), ["MILLRACE_VAULT_KEY"]);
    assert_eq!(refused(&[vault[0], vault[1], vault[2], ("MILLRACE_AWS_KMS_KEY", "alias/x")]), ["MILLRACE_AWS_KMS_KEY"]);
    assert_eq!(refused(&[("MILLRACE_AWS_KMS_KEY", "alias/millrace")]), ["AWS_REGION"]);
    assert!(refused(&[("MILLRACE_AWS_KMS_KEY", "alias/millrace"), ("AWS_REGION", "eu-central-1")]).is_empty(), "the machine's role");
    assert_eq!(refused(&[("MILLRACE_AWS_KMS_KEY", "alias/millrace"), ("AWS_REGION", "eu-central-1"), ("AWS_ACCESS_KEY_ID", "AKID")]), ["AWS_SECRET_ACCESS_KEY"]);
    let debug = format!("{:?}", config(std::path::Path::new("."), "sqlite://none.db", &vault).key_service);
    assert!(debug.contains("millrace") && !debug.contains(TOKEN), "{debug}");
}

on_both! {
    async fn a_database_is_begun_under_a_service_and_nothing_on_disk_opens_it(db: TestDb) {
        let dir = tempfile::tempdir().unwrap();
        let vault = vault().await;
        let settings = of_vault(&vault.url());
        let settings: Vec<(&str, &str)> = settings.iter().map(|(name, text)| (*name, text.as_str())).collect();
        let config = config(dir.path(), &db.url, &settings);
        let first = load(&config, &db, Timestamp::default()).await.unwrap();
        let sealed = first.seal(&millrace_ids::TenantId::generate(), "k", "i", b"text");
        assert!(!dir.path().join("master.key").exists() && !config.key_in_database());
        let kept = store::kept(&mut db.read().await.unwrap()).await.unwrap();
        assert_eq!((kept.len(), kept[0].id.as_str()), (1, first.seals_with().as_str()));

        // Another node, or a restart: the same key, the same root.
        let again = load(&config, &db, Timestamp::default()).await.unwrap();
        assert_eq!((again.seals_with(), again.derive("l", b"d")), (first.seals_with(), first.derive("l", b"d")));
        assert!(!again.is_outdated(&sealed));
        let asked = vault.requests().len();
        for _ in 0..100 {
            again.seal(&millrace_ids::TenantId::generate(), "k", "i", b"text");
        }
        assert_eq!(vault.requests().len(), asked, "no value is worth a request");

        // Sealed Vault: what runs goes on, a start says why it cannot.
        vault.on("POST", "/v1/transit/decrypt/millrace", Reply::json(403, json!({"errors": ["permission denied"]})));
        let refused = load(&config, &db, Timestamp::default()).await;
        assert!(matches!(&refused, Err(KeyError::Service(ServiceError::Refused(..)))), "{refused:?}");
        assert!(!again.is_outdated(&again.seal(&millrace_ids::TenantId::generate(), "k", "i", b"text")));
    }

    async fn from_a_configured_key_to_a_service_and_back(db: TestDb) {
        let dir = tempfile::tempdir().unwrap();
        let vault = vault().await;
        let old = "01".repeat(32);
        let alone = config(dir.path(), &db.url, &[("MILLRACE_MASTER_KEY", &old)]);
        let before = load(&alone, &db, Timestamp::default()).await.unwrap();
        let with = of_vault(&vault.url());
        let mut settings: Vec<(&str, &str)> = with.iter().map(|(name, text)| (*name, text.as_str())).collect();
        settings.push(("MILLRACE_MASTER_KEY", &old));
        let both = config(dir.path(), &db.url, &settings);
        let ring = load(&both, &db, Timestamp::default()).await.unwrap();
        assert_eq!(ring.seals_with(), before.seals_with(), "nothing changes by itself");

        let status = crate::secrets::rotate(&both, None, Timestamp::default()).await.unwrap();
        let next = status.next.clone().unwrap();
        assert!(status.keys.iter().any(|key| key.id == next && key.wrapped_by.as_deref() == Some("vault:transit/millrace")), "{status:?}");
        let again = crate::secrets::rotate(&both, None, Timestamp::default()).await;
        assert!(matches!(again, Err(crate::secrets::RotationError::UnderWay(_))), "{again:?}");
        let unknown = crate::secrets::rotate(&both, Some("ffffffff"), Timestamp::default()).await;
        assert!(matches!(unknown, Err(crate::secrets::RotationError::Unknown(_))), "{unknown:?}");
        let back = crate::secrets::rotate(&both, Some(&before.seals_with()), Timestamp::default()).await.unwrap();
        assert_eq!((back.next, back.seals), (None, before.seals_with()), "given up");
        let ring: Keyring = load(&both, &db, Timestamp::default()).await.unwrap();
        assert!(ring.has(&next), "it was made, and opens");
        assert_eq!(counts(&mut db.read().await.unwrap()).await.unwrap().len(), 1);
        let unchanged = crate::secrets::rotate(&alone, None, Timestamp::default()).await;
        assert!(matches!(unchanged, Err(crate::secrets::RotationError::Unchanged(_))), "{unchanged:?}");
    }
}
