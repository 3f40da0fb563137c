//! HashiCorp Vault (or OpenBao) with its Transit engine: `POST /v1/<mount>/encrypt/<key>` and `…/decrypt/<key>`
//! (<https://developer.hashicorp.com/vault/api-docs/secret/transit>).

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::HeaderName;
use serde_json::{Value, json};
use zeroize::{Zeroize as _, Zeroizing};

use super::http::Http;
use super::{ServiceError, WrappingKey};
use crate::config::VaultConfig;

/// A key of Vault's Transit engine.
pub(super) struct Vault {
    config: VaultConfig,
    http: Http,
}

impl Vault {
    pub(super) fn new(config: VaultConfig, http: Http) -> Self {
        Self { config, http }
    }

    /// Asks with `{name: text}` and answers `data.<wanted>`.
    async fn ask(&self, verb: &str, name: &str, text: &str, wanted: &str) -> Result<Zeroizing<String>, ServiceError> {
        let VaultConfig { address, mount, key, namespace, token } = &self.config;
        let mut url = address.clone();
        let path = format!("{}/v1/{mount}/{verb}/{key}", url.path().trim_end_matches('/'));
        url.set_path(&path);
        // Read for each request: Vault's agent replaces the file when it renews the token.
        let token = token.read().map_err(|why| self.http.refused(why))?;
        let mut headers = vec![(HeaderName::from_static("x-vault-token"), self.http.value("the token", &token)?)];
        if let Some(namespace) = namespace {
            headers.push((HeaderName::from_static("x-vault-namespace"), self.http.value("the namespace", namespace)?));
        }
        let body = Bytes::from(json!({ name: text }).to_string());
        let mut answer = self.http.json(url, headers, body, why).await?;
        match answer.pointer_mut(&format!("/data/{wanted}")).map(Value::take) {
            Some(Value::String(text)) => Ok(Zeroizing::new(text)),
            _ => Err(self.http.refused(format!("its answer has no {wanted}"))),
        }
    }
}

/// `{"errors": ["…"]}`.
fn why(answer: &Value) -> Option<String> {
    let errors: Vec<&str> = answer["errors"].as_array()?.iter().filter_map(Value::as_str).collect();
    (!errors.is_empty()).then(|| errors.join("; "))
}

#[async_trait]
impl WrappingKey for Vault {
    fn name(&self) -> String {
        format!("vault:{}/{}", self.config.mount, self.config.key)
    }

    async fn wrap(&self, plain: &[u8]) -> Result<String, ServiceError> {
        let text = Zeroizing::new(STANDARD.encode(plain));
        Ok(self.ask("encrypt", "plaintext", &text, "ciphertext").await?.to_string())
    }

    async fn unwrap(&self, wrapped: &str) -> Result<Zeroizing<Vec<u8>>, ServiceError> {
        let mut text = self.ask("decrypt", "ciphertext", wrapped, "plaintext").await?;
        let plain = STANDARD.decode(text.as_bytes()).map(Zeroizing::new).map_err(|_| self.http.refused("what it unwrapped is not base64"));
        text.zeroize();
        plain
    }
}
