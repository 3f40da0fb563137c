//! `generateContent`, as Google's models are asked.

use serde_json::{Value, json};

use super::backend::{Asked, Backend, joined_texts, vectors_at};
use super::chat::{Chat, Reply, Role};

pub(super) struct Gemini;

impl Backend for Gemini {
    fn headers(&self, key: Option<&str>) -> Vec<(&'static str, String)> {
        key.map(|key| ("x-goog-api-key", key.to_owned())).into_iter().collect()
    }

    fn chat(&self, chat: &Chat, model: &str) -> Asked {
        let (told, said) = chat.divided();
        let role = |role| if role == Role::Assistant { "model" } else { "user" };
        let contents: Vec<Value> = said.iter().map(|m| json!({ "role": role(m.role), "parts": [{ "text": m.text }] })).collect();
        let mut settings = json!({ "maxOutputTokens": chat.max_tokens });
        if let Some(temperature) = chat.temperature {
            settings["temperature"] = json!(temperature);
        }
        let mut body = json!({ "contents": contents, "generationConfig": settings });
        if let Some(told) = told {
            body["systemInstruction"] = json!({ "parts": [{ "text": told }] });
        }
        Asked { path: format!("/{}:generateContent", named(model)), body }
    }

    fn reply(&self, answer: &Value) -> Result<Reply, String> {
        if let Some(reason) = answer.pointer("/promptFeedback/blockReason").and_then(Value::as_str) {
            return Err(format!("The model refused the prompt: {reason}"));
        }
        let text = joined_texts(answer.pointer("/candidates/0/content/parts")).ok_or_else(|| {
            let reason = answer.pointer("/candidates/0/finishReason").and_then(Value::as_str).unwrap_or("no reason is given");
            format!("The model answered without a text ({reason}).")
        })?;
        Ok(Reply::counted(text, answer, "/usageMetadata/promptTokenCount", "/usageMetadata/candidatesTokenCount"))
    }

    fn embed(&self, texts: &[String], model: &str) -> Option<Asked> {
        let model = named(model);
        let requests: Vec<Value> = texts.iter().map(|text| json!({ "model": model, "content": { "parts": [{ "text": text }] } })).collect();
        Some(Asked { path: format!("/{model}:batchEmbedContents"), body: json!({ "requests": requests }) })
    }

    fn vectors(&self, answer: &Value) -> Option<Vec<Value>> {
        vectors_at(answer.get("embeddings"), "/values")
    }
}

/// Models are resources: `models/…`, or `tunedModels/…` as given.
fn named(model: &str) -> String {
    if model.contains('/') { model.to_owned() } else { format!("models/{model}") }
}
