//! Which key service wraps master keys, if one does.

use std::fmt;
use std::path::PathBuf;

use url::Url;
use zeroize::Zeroizing;

use super::reader::Reader;
use super::sso::is_endpoint;

/// A secret that others may replace while the server works. Never shown by `Debug`.
#[derive(Clone)]
pub enum FreshSecret {
    /// As it was set.
    Text(Zeroizing<String>),
    /// What the file holds when it is asked for.
    File(PathBuf),
}

impl FreshSecret {
    /// The secret as it is now.
    ///
    /// # Errors
    /// The file cannot be read, or is empty.
    pub(crate) fn read(&self) -> Result<Zeroizing<String>, String> {
        match self {
            Self::Text(text) => Ok(text.clone()),
            Self::File(path) => match std::fs::read_to_string(path).map(Zeroizing::new) {
                Ok(text) if !text.trim().is_empty() => Ok(Zeroizing::new(text.trim().to_owned())),
                Ok(_) => Err(format!("{} is empty", path.display())),
                Err(error) => Err(format!("{}: {error}", path.display())),
            },
        }
    }

    fn from(read: &mut Reader<'_>, name: &str) -> Option<Self> {
        let file = format!("{name}_FILE");
        match (read.text(name), read.text(&file)) {
            (Some(_), Some(_)) => {
                read.refuse(&file, format!("is set together with {name}; keep one of them"));
                None
            }
            (Some(text), None) => Some(Self::Text(Zeroizing::new(text))),
            (None, Some(path)) => Some(Self::File(PathBuf::from(path))),
            (None, None) => None,
        }
    }
}

impl fmt::Debug for FreshSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(_) => f.write_str("FreshSecret(…)"),
            Self::File(path) => write!(f, "FreshSecret(in {})", path.display()),
        }
    }
}

/// A key of Vault's Transit engine.
#[derive(Debug, Clone)]
pub struct VaultConfig {
    /// Where Vault is.
    pub address: Url,
    /// Where its Transit engine is mounted.
    pub mount: String,
    /// The key's name there.
    pub key: String,
    /// The namespace, where Vault has them.
    pub namespace: Option<String>,
    /// What we show.
    pub token: FreshSecret,
}

/// Where credentials for AWS come from.
#[derive(Clone)]
pub enum AwsCredentials {
    /// From `AWS_ACCESS_KEY_ID` and its companions.
    Given {
        /// The key's id.
        key_id: String,
        /// The key.
        secret: Zeroizing<String>,
        /// The token of a session.
        session: Option<Zeroizing<String>>,
    },
    /// From what ECS and EKS offer a container.
    Container {
        /// Where.
        url: Url,
        /// What to show there.
        token: Option<FreshSecret>,
    },
    /// From what EC2 offers a machine.
    Machine,
}

impl fmt::Debug for AwsCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Given { key_id, .. } => write!(f, "Given({key_id})"),
            Self::Container { url, .. } => write!(f, "Container({url})"),
            Self::Machine => f.write_str("Machine"),
        }
    }
}

/// A key of AWS KMS.
#[derive(Debug, Clone)]
pub struct AwsKmsConfig {
    /// Its id, address (ARN) or alias.
    pub key: String,
    /// Its region.
    pub region: String,
    /// Where the service is.
    pub endpoint: Url,
    /// How we prove who we are.
    pub credentials: AwsCredentials,
}

/// The service that wraps master keys.
#[derive(Debug, Clone)]
pub enum KeyServiceConfig {
    /// HashiCorp Vault or OpenBao.
    Vault(VaultConfig),
    /// AWS KMS.
    AwsKms(AwsKmsConfig),
}

impl KeyServiceConfig {
    /// Nothing when no key of a service is named.
    pub(super) fn read(read: &mut Reader<'_>) -> Option<Self> {
        match (read.text("MILLRACE_VAULT_KEY"), read.text("MILLRACE_AWS_KMS_KEY")) {
            (None, None) => {
                for name in ["MILLRACE_VAULT_ADDR", "MILLRACE_VAULT_TOKEN", "MILLRACE_VAULT_TOKEN_FILE", "MILLRACE_AWS_KMS_URL"] {
                    if read.text(name).is_some() {
                        read.refuse(name, "has no use without MILLRACE_VAULT_KEY or MILLRACE_AWS_KMS_KEY");
                    }
                }
                None
            }
            (Some(key), None) => vault(read, key).map(Self::Vault),
            (None, Some(key)) => aws(read, key).map(Self::AwsKms),
            (Some(_), Some(_)) => {
                read.refuse("MILLRACE_AWS_KMS_KEY", "is set together with MILLRACE_VAULT_KEY; keep one of them");
                None
            }
        }
    }
}

fn address(read: &mut Reader<'_>, name: &str, text: &str) -> Option<Url> {
    let url = Url::parse(text).ok().filter(|url| is_endpoint(url) && url.query().is_none());
    if url.is_none() {
        read.refuse(name, "must be an https address without `?` and `#`; http is for loopback only");
    }
    url
}

/// Letters, digits and what paths and names of keys have besides; no way out of a path.
fn is_name(text: &str) -> bool {
    !text.contains("..") && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_./".contains(&b))
}

fn vault(read: &mut Reader<'_>, key: String) -> Option<VaultConfig> {
    let mount = read.text("MILLRACE_VAULT_MOUNT").unwrap_or_else(|| "transit".to_owned()).trim_matches('/').to_owned();
    for (name, text) in [("MILLRACE_VAULT_KEY", &key), ("MILLRACE_VAULT_MOUNT", &mount)] {
        if !is_name(text) {
            read.refuse(name, "may have letters, digits and -_./ only");
        }
    }
    let text = read.text("MILLRACE_VAULT_ADDR").unwrap_or_default();
    let address = address(read, "MILLRACE_VAULT_ADDR", &text);
    let token = FreshSecret::from(read, "MILLRACE_VAULT_TOKEN");
    if token.is_none() {
        read.refuse("MILLRACE_VAULT_TOKEN", "is missing: set it, or MILLRACE_VAULT_TOKEN_FILE to the file that Vault's agent renews");
    }
    Some(VaultConfig { address: address?, mount, key, namespace: read.text("MILLRACE_VAULT_NAMESPACE"), token: token? })
}

fn aws(read: &mut Reader<'_>, key: String) -> Option<AwsKmsConfig> {
    // arn:aws:kms:<region>:<account>:key/<id>
    let named = key.starts_with("arn:").then(|| key.split(':').nth(3).unwrap_or_default().to_owned());
    let region = named.or_else(|| read.text("AWS_REGION")).filter(|region| !region.is_empty() && region.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'));
    if region.is_none() {
        read.refuse("AWS_REGION", "is missing: MILLRACE_AWS_KMS_KEY does not say where the key is");
    }
    let region = region?;
    let text = read.text("MILLRACE_AWS_KMS_URL").unwrap_or_else(|| format!("https://kms.{region}.amazonaws.com/"));
    let endpoint = address(read, "MILLRACE_AWS_KMS_URL", &text)?;
    if endpoint.path() != "/" {
        read.refuse("MILLRACE_AWS_KMS_URL", "must not have a path");
    }
    Some(AwsKmsConfig { credentials: credentials(read)?, key, region, endpoint })
}

fn credentials(read: &mut Reader<'_>) -> Option<AwsCredentials> {
    match (read.text("AWS_ACCESS_KEY_ID"), read.text("AWS_SECRET_ACCESS_KEY")) {
        (Some(key_id), Some(secret)) => {
            let session = read.text("AWS_SESSION_TOKEN").map(Zeroizing::new);
            return Some(AwsCredentials::Given { key_id, secret: Zeroizing::new(secret), session });
        }
        (None, None) => {}
        _ => {
            read.refuse("AWS_SECRET_ACCESS_KEY", "goes together with AWS_ACCESS_KEY_ID; set both or neither");
            return None;
        }
    }
    let near = read.text("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI").map(|path| format!("http://169.254.170.2{path}"));
    let Some(text) = near.or_else(|| read.text("AWS_CONTAINER_CREDENTIALS_FULL_URI")) else { return Some(AwsCredentials::Machine) };
    let Ok(url) = Url::parse(&text) else {
        read.refuse("AWS_CONTAINER_CREDENTIALS_FULL_URI", "is not an address");
        return None;
    };
    Some(AwsCredentials::Container { url, token: FreshSecret::from(read, "AWS_CONTAINER_AUTHORIZATION_TOKEN") })
}
