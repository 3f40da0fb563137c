//! A conversation as workflows give it, and what comes back.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Refusal, limits};

/// Who says something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// What the model is told beforehand.
    System,
    /// What it is asked.
    User,
    /// What it answered earlier.
    Assistant,
}

impl Role {
    /// The word that most protocols use.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::User => "user",
            Self::Assistant => "assistant",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        match word {
            "system" | "developer" => Some(Self::System),
            "user" => Some(Self::User),
            "assistant" | "model" => Some(Self::Assistant),
            _ => None,
        }
    }
}

/// One thing that was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Message {
    pub role: Role,
    pub text: String,
}

/// A conversation that the model is to continue.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Chat {
    /// The model that was asked for.
    pub model: Option<String>,
    /// At least one.
    pub messages: Vec<Message>,
    /// Most tokens of the answer.
    pub max_tokens: u32,
    /// How freely it may answer.
    pub temperature: Option<f64>,
}

#[derive(Deserialize)]
struct Args {
    #[serde(default)]
    model: Value,
    #[serde(default)]
    messages: Vec<Said>,
    #[serde(default)]
    max_tokens: Value,
    #[serde(default)]
    temperature: Value,
}

#[derive(Deserialize)]
struct Said {
    #[serde(default)]
    role: Value,
    #[serde(default)]
    content: Value,
}

impl Chat {
    /// Reads a call's arguments. Options of a wrong type count as not given, as the ecosystem's models take them.
    pub(super) fn parse(args: &str, most_tokens: u32) -> Result<Self, Refusal> {
        let args: Args = serde_json::from_str(args).map_err(|e| Refusal::input(format!("ai: {e}")))?;
        let mut messages = Vec::with_capacity(args.messages.len());
        for said in args.messages {
            let word = said.role.as_str().unwrap_or("user");
            let role = Role::parse(word).ok_or_else(|| Refusal::input(format!("ai: a message's role is system, user or assistant, not `{word}`")))?;
            messages.push(Message { role, text: text_of(said.content) });
        }
        if messages.is_empty() {
            return Err(Refusal::input("ai: there is no prompt and no message"));
        }
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // Clamped before.
        let asked = args.max_tokens.as_f64().filter(|n| *n >= 1.0).map(|n| n.min(f64::from(u32::MAX)) as u32);
        Ok(Self {
            model: args.model.as_str().map(str::to_owned),
            messages,
            max_tokens: asked.unwrap_or(limits::USUAL_TOKENS).min(most_tokens),
            temperature: args.temperature.as_f64().filter(|t| t.is_finite()).map(|t| t.clamp(0.0, limits::WARMEST)),
        })
    }

    /// What the model is told beforehand, in one text, and the rest. Some protocols keep them apart and want at least one
    /// message: who has nothing but instructions is asked them.
    pub(super) fn divided(&self) -> (Option<String>, Vec<Message>) {
        let (told, said): (Vec<Message>, Vec<Message>) = self.messages.iter().cloned().partition(|m| m.role == Role::System);
        let told = told.into_iter().map(|m| m.text).collect::<Vec<_>>().join("\n\n");
        if said.is_empty() {
            return (None, vec![Message { role: Role::User, text: told }]);
        }
        ((!told.is_empty()).then_some(told), said)
    }

    /// The messages as most protocols write them.
    pub(super) fn plain(&self) -> Vec<Value> {
        self.messages.iter().map(|m| json!({ "role": m.role.word(), "content": m.text })).collect()
    }
}

/// Texts of which vectors are to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Texts {
    pub texts: Vec<String>,
}

impl Texts {
    /// Reads a call's arguments.
    pub(super) fn parse(args: &str) -> Result<Self, Refusal> {
        #[derive(Deserialize)]
        struct Args {
            texts: Vec<Value>,
        }
        let args: Args = serde_json::from_str(args).map_err(|e| Refusal::input(format!("ai.embed: {e}")))?;
        let texts: Vec<String> = args.texts.into_iter().map(text_of).collect();
        if texts.is_empty() || texts.len() > limits::TEXTS {
            return Err(Refusal::input(format!("ai.embed: 1 to {} texts can be given at once", limits::TEXTS)));
        }
        Ok(Self { texts })
    }
}

/// A text; the texts of a list of parts; anything else as JSON.
fn text_of(content: Value) -> String {
    match content {
        Value::String(text) => text,
        Value::Null => String::new(),
        Value::Array(parts) => {
            let text = |part: Value| part.get("text").and_then(Value::as_str).map_or_else(|| text_of(part.clone()), str::to_owned);
            parts.into_iter().map(text).collect::<Vec<_>>().join("\n")
        }
        other => other.to_string(),
    }
}

/// What a model answered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Reply {
    pub text: String,
    /// What it read, where the provider tells.
    pub prompt_tokens: Option<u64>,
    /// What it wrote, where the provider tells.
    pub completion_tokens: Option<u64>,
}

impl Reply {
    /// A reply with the counts at two paths.
    pub(super) fn counted(text: String, answer: &Value, prompt: &str, completion: &str) -> Self {
        let count = |path: &str| answer.pointer(path).and_then(Value::as_u64);
        Self { text, prompt_tokens: count(prompt), completion_tokens: count(completion) }
    }

    /// The outcome of the call.
    pub(super) fn to_json(&self) -> Value {
        let usage = match (self.prompt_tokens, self.completion_tokens) {
            (None, None) => Value::Null,
            (prompt, completion) => {
                let (prompt, completion) = (prompt.unwrap_or(0), completion.unwrap_or(0));
                json!({ "prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion })
            }
        };
        json!({ "text": self.text, "usage": usage })
    }
}
