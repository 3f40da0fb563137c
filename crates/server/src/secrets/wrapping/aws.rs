//! AWS KMS: `TrentService.Encrypt` and `TrentService.Decrypt` (<https://docs.aws.amazon.com/kms/latest/APIReference/>).
//!
//! Two requests of one shape do not take an SDK. Credentials are those of the environment, of the container, or of the machine;
//! they are asked for again for each request, because requests are years apart and they end within hours.

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderName, HeaderValue, Method};
use millrace_clock::Clock;
use serde_json::{Value, json};
use url::Url;
use zeroize::Zeroizing;

use super::http::Http;
use super::sigv4::{Signing, amz_date};
use super::{ServiceError, WrappingKey};
use crate::config::{AwsCredentials, AwsKmsConfig, FreshSecret};

const CONTENT: &str = "application/x-amz-json-1.1";
/// Where a machine of EC2 finds its role's credentials.
const MACHINE: &str = "http://169.254.169.254/latest/";

/// A key of AWS KMS.
pub(super) struct Kms {
    config: AwsKmsConfig,
    http: Http,
}

/// Credentials as they are now.
struct Present {
    key_id: String,
    secret: Zeroizing<String>,
    session: Option<Zeroizing<String>>,
}

impl Kms {
    pub(super) fn new(config: AwsKmsConfig, http: Http) -> Self {
        Self { config, http }
    }

    async fn ask(&self, operation: &str, body: &Value, wanted: &str) -> Result<Zeroizing<String>, ServiceError> {
        let AwsKmsConfig { endpoint, region, .. } = &self.config;
        let present = self.credentials().await?;
        let body = Zeroizing::new(body.to_string());
        // The real time, whatever a test clock says: a signature is good for five minutes.
        let date = amz_date(Clock::System.now());
        let target = format!("TrentService.{operation}");
        let host = match (endpoint.host_str(), endpoint.port()) {
            (Some(host), Some(port)) => format!("{host}:{port}"),
            (host, _) => host.unwrap_or_default().to_owned(),
        };
        let mut signed = vec![("content-type", CONTENT), ("host", host.as_str()), ("x-amz-date", date.as_str())];
        if let Some(session) = &present.session {
            signed.push(("x-amz-security-token", session.as_str()));
        }
        signed.push(("x-amz-target", target.as_str()));
        let authorization = Signing { key_id: &present.key_id, secret: &present.secret, region, service: "kms" }.authorization(&date, &signed, body.as_bytes());
        let mut headers = vec![(CONTENT_TYPE, HeaderValue::from_static(CONTENT)), (AUTHORIZATION, self.http.value("the signature", &authorization)?)];
        for (name, text) in signed.iter().filter(|(name, _)| name.starts_with("x-amz-")) {
            headers.push((HeaderName::from_bytes(name.as_bytes()).map_err(|e| self.http.refused(e.to_string()))?, self.http.value(name, text)?));
        }
        let mut answer = self.http.json(endpoint.clone(), headers, Bytes::copy_from_slice(body.as_bytes()), why).await?;
        match answer.get_mut(wanted).map(Value::take) {
            Some(Value::String(text)) => Ok(Zeroizing::new(text)),
            _ => Err(self.http.refused(format!("its answer has no {wanted}"))),
        }
    }

    async fn credentials(&self) -> Result<Present, ServiceError> {
        match &self.config.credentials {
            AwsCredentials::Given { key_id, secret, session } => {
                Ok(Present { key_id: key_id.clone(), secret: secret.clone(), session: session.clone() })
            }
            AwsCredentials::Container { url, token } => self.of_container(url, token.as_ref()).await,
            AwsCredentials::Machine => self.of_machine().await,
        }
    }

    /// What ECS and EKS offer their containers.
    async fn of_container(&self, url: &Url, token: Option<&FreshSecret>) -> Result<Present, ServiceError> {
        let token = token.map(FreshSecret::read).transpose().map_err(|why| self.http.refused(why))?;
        let headers = match &token {
            Some(token) => vec![(AUTHORIZATION, self.http.value("the container's token", token)?)],
            None => Vec::new(),
        };
        self.read(&self.text(Method::GET, url.clone(), headers).await?)
    }

    /// What EC2 offers its machines, version 2: a token first, then the role's name, then its credentials.
    async fn of_machine(&self) -> Result<Present, ServiceError> {
        let at = |path: &str| Url::parse(&format!("{MACHINE}{path}")).map_err(|e| self.http.refused(e.to_string()));
        let ttl = (HeaderName::from_static("x-aws-ec2-metadata-token-ttl-seconds"), HeaderValue::from_static("60"));
        let token = self.text(Method::PUT, at("api/token")?, vec![ttl]).await?;
        let headers = || Ok(vec![(HeaderName::from_static("x-aws-ec2-metadata-token"), self.http.value("the machine's token", &token)?)]);
        let role = self.text(Method::GET, at("meta-data/iam/security-credentials/")?, headers()?).await?;
        let role = role.lines().next().unwrap_or_default().trim().to_owned();
        self.read(&self.text(Method::GET, at(&format!("meta-data/iam/security-credentials/{role}"))?, headers()?).await?)
    }

    async fn text(&self, method: Method, url: Url, headers: Vec<(HeaderName, HeaderValue)>) -> Result<Zeroizing<String>, ServiceError> {
        let answer = self.http.send(method, url, headers, Bytes::new()).await?;
        match answer.status {
            200 => Ok(Zeroizing::new(String::from_utf8_lossy(&answer.body).into_owned())),
            status => Err(self.http.away(format!("no credentials of AWS here: status {status}. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give the machine or container a role"))),
        }
    }

    fn read(&self, text: &str) -> Result<Present, ServiceError> {
        let mut found: Value = serde_json::from_str(text).map_err(|_| self.http.refused("what offers credentials does not answer with JSON"))?;
        let mut take = |name: &str| match found.get_mut(name).map(Value::take) {
            Some(Value::String(text)) => Some(text),
            _ => None,
        };
        match (take("AccessKeyId"), take("SecretAccessKey")) {
            (Some(key_id), Some(secret)) => Ok(Present { key_id, secret: Zeroizing::new(secret), session: take("Token").map(Zeroizing::new) }),
            _ => Err(self.http.refused("what offers credentials answers with none")),
        }
    }

    /// What KMS binds the wrapped key to and writes into its own log.
    fn context() -> Value {
        json!({ "millrace": "master-key" })
    }
}

/// `{"__type": "AccessDeniedException", "message": "…"}`; the message is also spelled `Message`.
fn why(answer: &Value) -> Option<String> {
    let kind = answer["__type"].as_str()?;
    let kind = kind.rsplit('#').next().unwrap_or(kind);
    let message = answer["message"].as_str().or(answer["Message"].as_str()).unwrap_or_default();
    Some(format!("{kind} {message}").trim_end().to_owned())
}

#[async_trait]
impl WrappingKey for Kms {
    fn name(&self) -> String {
        format!("aws-kms:{}", self.config.key)
    }

    async fn wrap(&self, plain: &[u8]) -> Result<String, ServiceError> {
        let body = json!({ "KeyId": self.config.key, "Plaintext": STANDARD.encode(plain), "EncryptionContext": Self::context() });
        Ok(self.ask("Encrypt", &body, "CiphertextBlob").await?.to_string())
    }

    async fn unwrap(&self, wrapped: &str) -> Result<Zeroizing<Vec<u8>>, ServiceError> {
        let body = json!({ "KeyId": self.config.key, "CiphertextBlob": wrapped, "EncryptionContext": Self::context() });
        let text = self.ask("Decrypt", &body, "Plaintext").await?;
        STANDARD.decode(text.as_bytes()).map(Zeroizing::new).map_err(|_| self.http.refused("what it unwrapped is not base64"))
    }
}
