//! How people sign in.

use super::reader::Reader;

/// How people sign in.
#[derive(Debug, Clone)]
pub struct AuthConfig {
    /// Whether people must show that their address is theirs before they may do anything.
    pub email_verification: bool,
    /// The domain below which each workspace has a host of its own: `acme.example.com`.
    pub base_domain: Option<String>,
}

impl AuthConfig {
    pub(super) fn read(read: &mut Reader<'_>) -> Self {
        let email_verification = read.text("MILLRACE_AUTH_EMAIL_VERIFICATION").is_none() || read.flag("MILLRACE_AUTH_EMAIL_VERIFICATION");
        let base_domain = read.text("MILLRACE_BASE_DOMAIN").map(|text| text.to_ascii_lowercase());
        let is_domain = |text: &str| text.contains('.') && text.split('.').all(|label| !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'));
        if base_domain.as_deref().is_some_and(|text| !is_domain(text)) {
            read.refuse("MILLRACE_BASE_DOMAIN", "must be a domain such as example.com; each workspace then has a host below it");
        }
        Self { email_verification, base_domain }
    }

    /// The workspace whose own host this is, by its slug; `None` when the host belongs to none.
    pub fn workspace_of_host<'a>(&self, host: &'a str) -> Option<&'a str> {
        let base = self.base_domain.as_deref()?;
        // A name with the root's dot at its end is the same name.
        let name = host.split(':').next().unwrap_or_default().trim_end_matches('.');
        let slug = name.strip_suffix(base)?.strip_suffix('.')?;
        (!slug.is_empty() && !slug.contains('.')).then_some(slug)
    }

    /// Where a workspace's pages are.
    pub fn workspace_url(&self, public_url: &str, slug: &str) -> String {
        match &self.base_domain {
            Some(base) => format!("https://{slug}.{base}/app"),
            None => format!("{public_url}/app?workspace={slug}"),
        }
    }
}
