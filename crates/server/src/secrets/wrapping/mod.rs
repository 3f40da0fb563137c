//! Key services: they wrap master keys with a key that never leaves them, so that nothing on our disks opens anything.
//!
//! A service is asked when a master key is made and when a node starts, never for a single value: an outage keeps nodes from
//! starting and keys from being changed, and nothing else. Without a service master keys come from the configuration.

mod aws;
mod http;
mod sigv4;
mod vault;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use async_trait::async_trait;
use zeroize::Zeroizing;

use super::MasterKey;
use super::limits::{SERVICE_ATTEMPTS, SERVICE_PAUSE, SERVICE_WORDS};
use super::store::Kept;
use crate::config::{Config, KeyServiceConfig};

/// Why a key service did not do what was asked. The texts hold nothing secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ServiceError {
    /// It cannot be reached, is sealed, overloaded or broken: later it may work.
    #[error("{0} is away: {1}")]
    Away(String, String),
    /// It says no, or what it says makes no sense: somebody has to do something.
    #[error("{0} refuses: {1}")]
    Refused(String, String),
}

/// The port: a key in a service that wraps master keys.
#[async_trait]
pub trait WrappingKey: Send + Sync {
    /// The service and its key, as operators know it: `vault:transit/millrace`.
    fn name(&self) -> String;

    /// Wraps 32 bytes.
    ///
    /// # Errors
    /// The service is away or refuses.
    async fn wrap(&self, plain: &[u8]) -> Result<String, ServiceError>;

    /// Unwraps what [`WrappingKey::wrap`] answered.
    ///
    /// # Errors
    /// The service is away or refuses.
    async fn unwrap(&self, wrapped: &str) -> Result<Zeroizing<Vec<u8>>, ServiceError>;
}

/// The configured service, if there is one.
///
/// # Errors
/// The way to it cannot be set up.
pub(super) fn of(config: &Config) -> Result<Option<Arc<dyn WrappingKey>>, ServiceError> {
    Ok(match &config.key_service {
        None => None,
        Some(KeyServiceConfig::Vault(vault)) => Some(Arc::new(vault::Vault::new(vault.clone(), http::Http::new("Vault", config)?))),
        Some(KeyServiceConfig::AwsKms(kms)) => Some(Arc::new(aws::Kms::new(kms.clone(), http::Http::new("AWS KMS", config)?))),
    })
}

/// A new master key and how it is kept.
pub(super) async fn make(service: &dyn WrappingKey) -> Result<(MasterKey, Kept), ServiceError> {
    let key = MasterKey::generate();
    let wrapped = patiently(async || service.wrap(key.bytes()).await).await?;
    let kept = Kept { id: key.id().to_owned(), wrapped, wrapped_by: service.name() };
    Ok((key, kept))
}

/// The master key that was kept so.
pub(super) async fn unwrap(service: &dyn WrappingKey, kept: &Kept) -> Result<MasterKey, ServiceError> {
    let plain = service.unwrap(&kept.wrapped).await?;
    let wrong = |why: &str| ServiceError::Refused(service.name(), format!("{why} (master key {}, wrapped by {})", kept.id, kept.wrapped_by));
    let mut bytes = Zeroizing::new([0; 32]);
    if plain.len() != bytes.len() {
        return Err(wrong("what it unwrapped is no master key"));
    }
    bytes.copy_from_slice(&plain);
    let key = MasterKey::new(*bytes);
    // The id is a hash of the key: another one in its row does not pass for it.
    if key.id() == kept.id { Ok(key) } else { Err(wrong("what it unwrapped is another key")) }
}

/// As [`unwrap`], for a start: an outage of some seconds is waited for.
pub(super) async fn unwrap_patiently(service: &dyn WrappingKey, kept: &Kept) -> Result<MasterKey, ServiceError> {
    patiently(async || unwrap(service, kept).await).await
}

async fn patiently<T>(attempt: impl AsyncFn() -> Result<T, ServiceError>) -> Result<T, ServiceError> {
    let mut left = SERVICE_ATTEMPTS;
    loop {
        left -= 1;
        match attempt().await {
            Err(ServiceError::Away(service, why)) if left > 0 => {
                tracing::warn!(service, why, "the key service is away; asking again");
                tokio::time::sleep(SERVICE_PAUSE).await;
            }
            done => return done,
        }
    }
}

/// The beginning of a service's own words.
fn words(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(SERVICE_WORDS).collect()
}
