//! Configuration: one struct per concern, read from options and environment, checked together at start.
//!
//! Nothing else in the server reads the environment. All mistakes are reported at once, with what to write instead.
//! Every setting is described in `docs/configuration.md`.

mod ai;
mod audit;
mod auth;
mod database;
mod earnings;
mod key_service;
mod keys;
mod listen;
mod logging;
mod mail;
mod marketplace;
mod observe;
mod outgoing;
mod quotas;
mod rate_limits;
mod reader;
mod requests;
mod roles;
mod sandbox;
mod sso;
mod work;

#[cfg(test)]
mod tests;

use std::path::PathBuf;

pub use ai::{AiConfig, AiProvider};
pub use audit::AuditConfig;
pub use auth::AuthConfig;
pub use database::DatabaseConfig;
pub use earnings::{EarningsConfig, ForkSplit};
pub use key_service::{AwsCredentials, AwsKmsConfig, FreshSecret, KeyServiceConfig, VaultConfig};
pub use keys::{KeySource, MasterKeyText};
pub use listen::ListenConfig;
pub use logging::{LogConfig, LogFormat, init_logging};
pub use marketplace::MarketplaceConfig;
pub use mail::{MailConfig, MailPassword, MailTls};
pub use observe::{ObserveConfig, Token, TraceConfig};
pub use quotas::QuotaConfig;
pub use outgoing::OutgoingConfig;
pub use rate_limits::RateLimitConfig;
pub use reader::{ConfigError, ConfigErrors};
pub use requests::RequestConfig;
pub use roles::Roles;
pub use sandbox::{SandboxConfig, WALLS};
pub use sso::{ClientSecret, SsoConfig, is_issuer};
pub use work::WorkConfig;

pub(crate) use sso::is_endpoint;

use reader::Reader;

/// What the command line says. An option that is given wins over the environment.
#[derive(Debug, Clone, Default)]
pub struct ServeOptions {
    /// `--data`: folder for the embedded database, keys, payloads and `bootstrap.json`.
    pub data: Option<PathBuf>,
    /// `--listen`: address and port; port 0 lets the system choose.
    pub listen: Option<String>,
    /// `--database-url`.
    pub database_url: Option<String>,
    /// `--roles`: any of `api`, `worker`, `scheduler`, divided by commas.
    pub roles: Option<String>,
    /// `--public-url`: how others reach this server.
    pub public_url: Option<String>,
    /// `--production`: refuse everything that is for development only.
    pub production: bool,
}

/// Everything a server needs to know before it starts.
#[derive(Debug, Clone)]
pub struct Config {
    /// Folder for everything this node keeps on its own disk.
    pub data_dir: PathBuf,
    /// Which database, and how many connections to it.
    pub database: DatabaseConfig,
    /// Where the server listens and how others reach it.
    pub listen: ListenConfig,
    /// What this node does.
    pub roles: Roles,
    /// How much this node works on at once, and how long it remembers.
    pub work: WorkConfig,
    /// Whether development conveniences are refused.
    pub production: bool,
    /// Whether `POST /api/test/clock` exists.
    pub test_clock: bool,
    /// Where the master key comes from.
    pub keys: KeySource,
    /// The service that wraps master keys, if one does.
    pub key_service: Option<KeyServiceConfig>,
    /// How people sign in.
    pub auth: AuthConfig,
    /// The identity provider of the whole installation, if there is one.
    pub sso: Option<SsoConfig>,
    /// How untrusted code is isolated.
    pub sandbox: SandboxConfig,
    /// What outgoing requests may reach.
    pub outgoing: OutgoingConfig,
    /// The language model that workflows may ask, if there is one.
    pub ai: Option<AiConfig>,
    /// What incoming requests may cost.
    pub requests: RequestConfig,
    /// What is logged, and how.
    pub log: LogConfig,
    /// Who may look at figures, and where traces go.
    pub observe: ObserveConfig,
    /// What a workspace may use where nothing else was decided, and who decides.
    pub quotas: QuotaConfig,
    /// Which server takes our mails; without one they stay in the outbox.
    pub mail: Option<MailConfig>,
    /// Whether and how much callers are limited.
    pub rate_limits: RateLimitConfig,
    /// How long the audit log is kept.
    pub audit: AuditConfig,
    /// What the operator asks of publishing.
    pub marketplace: MarketplaceConfig,
    /// What developers get, and when.
    pub earnings: EarningsConfig,
    /// Further connector files: `<dir>/<service>/connector.yaml`.
    pub connectors_dir: Option<PathBuf>,
    /// Where a debug build finds the web app instead of in the repository; a release carries its own.
    pub web_dist: Option<PathBuf>,
}

impl Config {
    /// Reads options and environment.
    ///
    /// # Errors
    /// Every setting that cannot be used, all at once.
    pub fn from_parts(options: &ServeOptions, env: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigErrors> {
        let mut read = Reader::new(&env);
        let data_dir = options.data.clone().or_else(|| read.text("MILLRACE_DATA").map(PathBuf::from)).unwrap_or_else(|| PathBuf::from("./data"));
        let production = options.production || read.flag("MILLRACE_PRODUCTION");
        let config = Self {
            database: DatabaseConfig::read(&mut read, options, &data_dir),
            listen: ListenConfig::read(&mut read, options),
            roles: Roles::read(&mut read, options),
            work: WorkConfig::read(&mut read),
            production,
            test_clock: read.flag("MILLRACE_TEST_CLOCK"),
            keys: KeySource::read(&mut read),
            key_service: KeyServiceConfig::read(&mut read),
            auth: AuthConfig::read(&mut read),
            sso: SsoConfig::read(&mut read),
            sandbox: SandboxConfig::read(&mut read),
            outgoing: OutgoingConfig::read(&mut read),
            ai: AiConfig::read(&mut read),
            requests: RequestConfig::read(&mut read),
            log: LogConfig::read(&mut read),
            observe: ObserveConfig::read(&mut read),
            quotas: QuotaConfig::read(&mut read),
            mail: MailConfig::read(&mut read),
            rate_limits: RateLimitConfig::read(&mut read),
            audit: AuditConfig::read(&mut read),
            marketplace: MarketplaceConfig::read(&mut read),
            earnings: EarningsConfig::read(&mut read),
            connectors_dir: read.text("MILLRACE_CONNECTORS").map(PathBuf::from),
            web_dist: read.text("MILLRACE_WEB_DIST").filter(|_| cfg!(any(test, debug_assertions))).map(PathBuf::from),
            data_dir,
        };
        if production {
            config.refuse_development(&mut read);
        }
        read.finish(config)
    }

    /// The rules of `--production`: each names what to do instead.
    fn refuse_development(&self, read: &mut Reader<'_>) {
        if !self.outgoing.map.is_empty() {
            read.refuse("MILLRACE_EGRESS_MAP", "sends providers' traffic to stand-ins and is refused with --production; unset it");
        }
        if self.test_clock {
            read.refuse("MILLRACE_TEST_CLOCK", "lets anyone move the clock and is refused with --production; unset it");
        }
        if !self.auth.email_verification {
            read.refuse("MILLRACE_AUTH_EMAIL_VERIFICATION", "`off` lets anyone sign up with anyone's address and is refused with --production; unset it");
        }
        if self.sso.as_ref().is_some_and(SsoConfig::is_open) {
            read.refuse("MILLRACE_SSO_ISSUER", "must be https with --production");
        }
        if self.ai.as_ref().is_some_and(AiConfig::is_open) {
            read.refuse("MILLRACE_AI_URL", "must be https with --production: prompts and the key are readable on the way otherwise");
        }
        if self.rate_limits.is_off() {
            read.refuse("MILLRACE_RATE_LIMITS", "`off` lets anyone guess passwords as fast as they can and is refused with --production; unset it");
        }
        if self.sandbox.is_inline() {
            read.refuse("MILLRACE_SANDBOX", "`inline` runs untrusted code in the server's own process and is refused with --production; use `process`");
        }
        if self.mail.as_ref().is_some_and(MailConfig::is_open) {
            read.refuse("MILLRACE_MAIL_TLS", "`none` sends passwords and links readable through the network and is refused with --production");
        }
        if self.key_in_database() {
            read.refuse("MILLRACE_MASTER_KEY", "without it the key would be kept in the database beside what it protects; set it or MILLRACE_MASTER_KEY_FILE (`openssl rand -base64 32`)");
        }
        match &self.listen.public_url {
            None => read.refuse("MILLRACE_PUBLIC_URL", "must be set with --production: webhook addresses are made from it, for example https://automation.example.com"),
            Some(url) if url.scheme() != "https" => read.refuse("MILLRACE_PUBLIC_URL", "must be https with --production"),
            Some(_) => {}
        }
    }

    /// Whether the master key ends up in the database beside what it protects.
    pub fn key_in_database(&self) -> bool {
        self.key_service.is_none() && self.keys.in_database(&self.database)
    }

    /// How others reach this server, without a trailing slash.
    pub fn public_url(&self) -> String {
        self.listen.public_url_text()
    }

    /// What an operator must know about this configuration; shown at start and in `/api/health`.
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if !self.outgoing.map.is_empty() {
            let entries = self.outgoing.map.describe().join(", ");
            warnings.push(format!("MILLRACE_EGRESS_MAP is set: requests to these hosts go to stand-ins: {entries}"));
        }
        if !self.outgoing.allow_private.is_empty() {
            warnings.push("MILLRACE_EGRESS_ALLOW is set: workflows may reach private addresses".to_owned());
        }
        if self.observe.metrics_token.is_none() && self.observe.metrics_listen.is_some_and(|a| !a.ip().is_loopback()) {
            warnings.push("MILLRACE_METRICS_LISTEN is not a loopback address and MILLRACE_METRICS_TOKEN is not set: whoever reaches it reads the metrics".to_owned());
        }
        match &self.mail {
            None if self.production => warnings.push(
                "MILLRACE_MAIL_URL is not set: no mail leaves this server, so nobody can confirm an address, reset a password or be invited by mail".to_owned(),
            ),
            Some(mail) if mail.is_open() => warnings.push("MILLRACE_MAIL_TLS=none: mails and the password for the mail server are readable on the way".to_owned()),
            _ => {}
        }
        if self.test_clock {
            warnings.push("MILLRACE_TEST_CLOCK is set: anyone who reaches this server can move its clock".to_owned());
        }
        if !self.auth.email_verification {
            warnings.push("MILLRACE_AUTH_EMAIL_VERIFICATION=off: anyone can sign up with anyone's e-mail address".to_owned());
        }
        if self.rate_limits.is_off() {
            warnings.push("MILLRACE_RATE_LIMITS=off: anyone may guess passwords and codes as fast as they can".to_owned());
        }
        if self.sandbox.is_inline() {
            warnings.push("MILLRACE_SANDBOX=inline: untrusted code runs in the server's own process, without the process wall".to_owned());
        }
        if self.key_in_database() {
            warnings.push("no master key is configured: it is kept in the database beside what it protects; set MILLRACE_MASTER_KEY".to_owned());
        }
        warnings
    }
}
