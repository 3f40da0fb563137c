//! The language model that workflows may ask.

use std::collections::BTreeMap;
use std::time::Duration;

use millrace_egress::SecretString;
use url::Url;

use super::is_endpoint;
use super::reader::Reader;

/// In which way the backend is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AiProvider {
    /// `POST /chat/completions`, as OpenAI and most servers of open models speak it.
    OpenAi,
    /// `POST /v1/messages` of Anthropic.
    Anthropic,
    /// `POST /models/{model}:generateContent` of Google.
    Gemini,
    /// `POST /ai/run/{model}` of Cloudflare.
    WorkersAi,
}

impl AiProvider {
    /// All, by the word used in settings.
    const ALL: [(&'static str, Self); 4] = [("openai", Self::OpenAi), ("anthropic", Self::Anthropic), ("gemini", Self::Gemini), ("workers-ai", Self::WorkersAi)];

    /// Where it is when nothing else is said; the last one's address holds an account.
    const fn usual_url(self) -> Option<&'static str> {
        match self {
            Self::OpenAi => Some("https://api.openai.com/v1"),
            Self::Anthropic => Some("https://api.anthropic.com"),
            Self::Gemini => Some("https://generativelanguage.googleapis.com/v1beta"),
            Self::WorkersAi => None,
        }
    }
}

/// The language model that workflows may ask.
#[derive(Debug, Clone)]
pub struct AiConfig {
    /// In which way the backend is asked.
    pub provider: AiProvider,
    /// Its address, to which the path of each call is added; without a trailing slash.
    pub url: String,
    /// What it knows this server by; none for a server of one's own that asks for nothing.
    pub key: Option<SecretString>,
    /// The model that answers, whatever name a workflow asks for.
    pub model: String,
    /// The exceptions: names that workflows ask for, and the models that answer them.
    pub models: BTreeMap<String, String>,
    /// The model that makes vectors of texts, if there is one.
    pub embedding_model: Option<String>,
    /// Most tokens of one answer, whatever a workflow asks for.
    pub max_tokens: u32,
    /// How long one answer may take.
    pub timeout: Duration,
}

/// Every setting but the first.
const OTHERS: [&str; 8] = [
    "MILLRACE_AI_URL",
    "MILLRACE_AI_KEY",
    "MILLRACE_AI_KEY_FILE",
    "MILLRACE_AI_MODEL",
    "MILLRACE_AI_MODELS",
    "MILLRACE_AI_EMBEDDING_MODEL",
    "MILLRACE_AI_MAX_TOKENS",
    "MILLRACE_AI_TIMEOUT_S",
];

impl AiConfig {
    /// Nothing when no provider is named.
    pub(super) fn read(read: &mut Reader<'_>) -> Option<Self> {
        let Some(word) = read.text("MILLRACE_AI_PROVIDER") else {
            for name in OTHERS {
                if read.text(name).is_some() {
                    read.refuse(name, "has no use without MILLRACE_AI_PROVIDER");
                }
            }
            return None;
        };
        let Some((_, provider)) = AiProvider::ALL.into_iter().find(|(own, _)| *own == word) else {
            read.refuse("MILLRACE_AI_PROVIDER", "must be openai (also every server that speaks its protocol), anthropic, gemini or workers-ai");
            return None;
        };
        let model = read.text("MILLRACE_AI_MODEL").unwrap_or_else(|| {
            read.refuse("MILLRACE_AI_MODEL", "is missing: the model that answers, as the provider names it");
            String::new()
        });
        Some(Self {
            provider,
            url: url(read, provider),
            key: read.secret("MILLRACE_AI_KEY").map(|key| SecretString::from(key.as_str())),
            model,
            models: models(read),
            embedding_model: read.text("MILLRACE_AI_EMBEDDING_MODEL"),
            max_tokens: read.number("MILLRACE_AI_MAX_TOKENS", 4_096, 1..=1_000_000),
            timeout: Duration::from_secs(read.number("MILLRACE_AI_TIMEOUT_S", 120, 1..=600)),
        })
    }

    /// Whether prompts and the key can be read on the way: plain HTTP to another machine.
    pub fn is_open(&self) -> bool {
        !Url::parse(&self.url).is_ok_and(|url| is_endpoint(&url))
    }

    /// The model that answers those who ask for this one.
    pub fn model_for(&self, asked: Option<&str>) -> &str {
        asked.and_then(|name| self.models.get(name)).map_or(self.model.as_str(), String::as_str)
    }
}

fn url(read: &mut Reader<'_>, provider: AiProvider) -> String {
    let Some(text) = read.text("MILLRACE_AI_URL") else {
        return provider.usual_url().map(str::to_owned).unwrap_or_else(|| {
            read.refuse("MILLRACE_AI_URL", "must be set for workers-ai: https://api.cloudflare.com/client/v4/accounts/<account>");
            String::new()
        });
    };
    if !Url::parse(&text).is_ok_and(|url| is_base(&url)) {
        read.refuse("MILLRACE_AI_URL", "must be the provider's address without user, `?` and `#`, such as https://api.openai.com/v1");
    }
    text.trim_end_matches('/').to_owned()
}

fn is_base(url: &Url) -> bool {
    let plain = url.query().is_none() && url.fragment().is_none() && url.username().is_empty() && url.password().is_none();
    plain && url.has_host() && matches!(url.scheme(), "http" | "https")
}

/// `asked=answers,…`
fn models(read: &mut Reader<'_>) -> BTreeMap<String, String> {
    let text = read.text("MILLRACE_AI_MODELS").unwrap_or_default();
    let mut models = BTreeMap::new();
    for pair in text.split(',').map(str::trim).filter(|pair| !pair.is_empty()) {
        match pair.split_once('=').map(|(asked, answers)| (asked.trim(), answers.trim())) {
            Some((asked, answers)) if !asked.is_empty() && !answers.is_empty() => {
                models.insert(asked.to_owned(), answers.to_owned());
            }
            _ => read.refuse("MILLRACE_AI_MODELS", "must be pairs such as `@cf/meta/llama-3-8b-instruct=small-model`, divided by commas"),
        }
    }
    models
}
