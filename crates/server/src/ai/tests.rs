//! Every adapter against answers as its provider gives them, at the HTTP boundary.
#![allow(clippy::unwrap_used)]

use millrace_egress::standin::{Recorded, Reply, Standin};
use millrace_egress::{Egress, EgressConfig, EgressMap};
use serde_json::{Value, json};

use super::{Ai, Caller, Refusal};
use crate::config::{AiConfig, Config, ServeOptions};

const KEY: &str = "sk-test-5f2b9c4de1";

/// A stand-in for a provider, and a backend that asks it.
struct Bench {
    provider: Standin,
    ai: Ai,
    egress: Egress,
}

impl Bench {
    async fn new(name: &str, host: &str, settings: &[(&str, &str)]) -> Self {
        let provider = Standin::start().await.unwrap();
        let env = |wanted: &str| match wanted {
            "MILLRACE_AI_PROVIDER" => Some(name.to_owned()),
            "MILLRACE_AI_KEY" => Some(KEY.to_owned()),
            "MILLRACE_AI_MODEL" => Some("model-1".to_owned()),
            "MILLRACE_AI_EMBEDDING_MODEL" => Some("vectors-1".to_owned()),
            other => settings.iter().find(|(own, _)| *own == other).map(|(_, value)| (*value).to_owned()),
        };
        let config: AiConfig = Config::from_parts(&ServeOptions::default(), env).unwrap().ai.unwrap();
        let map = EgressMap::parse(&format!("{host}={}", provider.url())).unwrap();
        let egress = Egress::new(EgressConfig { map, ..EgressConfig::default() }).unwrap();
        Self { ai: Ai::new(config, egress.clone()), provider, egress }
    }

    fn caller(&self, at_most_once: bool) -> Caller {
        Caller { share: self.egress.share("org_1"), idempotency_key: "run_1:4".into(), at_most_once }
    }

    async fn chat(&self, args: Value) -> Result<Value, Refusal> {
        self.ai.chat(&args.to_string(), &self.caller(false)).await
    }

    async fn embed(&self, args: Value) -> Result<Value, Refusal> {
        self.ai.embed(&args.to_string(), &self.caller(false)).await
    }

    fn sent(&self) -> Vec<Recorded> {
        self.provider.requests()
    }
}

fn conversation() -> Value {
    json!({
        "model": "@cf/meta/llama-3-8b-instruct",
        "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello."}, {"role": "user", "content": "Sum up."}],
        "max_tokens": 200, "temperature": 1.5,
    })
}

#[tokio::test]
async fn openai_is_asked_for_a_chat_completion() {
    let bench = Bench::new("openai", "api.openai.com", &[("MILLRACE_AI_MODELS", "special=model-2")]).await;
    let answer = json!({
        "id": "chatcmpl-B9", "object": "chat.completion", "created": 1, "model": "model-1-2026",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": " Done. ", "refusal": null}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 19, "completion_tokens": 3, "total_tokens": 22, "prompt_tokens_details": {"cached_tokens": 0}},
    });
    bench.provider.on("POST", "/v1/chat/completions", Reply::json(200, answer));
    let said = bench.chat(conversation()).await.unwrap();
    assert_eq!(said, json!({"text": " Done. ", "usage": {"prompt_tokens": 19, "completion_tokens": 3, "total_tokens": 22}}));
    let sent = &bench.sent()[0];
    assert_eq!((sent.header("authorization"), sent.header("idempotency-key")), (Some(format!("Bearer {KEY}").as_str()), Some("run_1:4")));
    assert_eq!(sent.json(), json!({"model": "model-1", "messages": conversation()["messages"], "max_tokens": 200, "temperature": 1.5}));

    bench.chat(json!({"model": "special", "messages": [{"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}]})).await.unwrap();
    assert_eq!(bench.sent()[1].json(), json!({"model": "model-2", "messages": [{"role": "user", "content": "a\nb"}], "max_tokens": 1024}));
}

#[tokio::test]
async fn what_a_reasoning_model_refuses_to_be_told_is_left_out() {
    let bench = Bench::new("openai", "api.openai.com", &[]).await;
    let refused = |param: &str| json!({"error": {"message": format!("Unsupported parameter: '{param}'"), "type": "invalid_request_error", "param": param, "code": "unsupported_parameter"}});
    let answer = json!({"choices": [{"message": {"role": "assistant", "content": "ok"}}]});
    bench.provider.on_each("POST", "/v1/chat/completions", vec![Reply::json(400, refused("max_tokens")), Reply::json(400, refused("temperature")), Reply::json(200, answer)]);
    assert_eq!(bench.chat(conversation()).await.unwrap(), json!({"text": "ok", "usage": null}));
    let last = bench.sent()[2].json();
    assert_eq!((last["max_completion_tokens"].as_u64(), last.get("max_tokens"), last.get("temperature")), (Some(200), None, None));
}

#[tokio::test]
async fn anthropic_gets_instructions_apart_and_a_temperature_it_knows() {
    let bench = Bench::new("anthropic", "api.anthropic.com", &[]).await;
    let answer = json!({
        "id": "msg_01", "type": "message", "role": "assistant", "model": "model-1",
        "content": [{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "One "}, {"type": "text", "text": "two"}],
        "stop_reason": "end_turn", "stop_sequence": null, "usage": {"input_tokens": 12, "output_tokens": 5},
    });
    bench.provider.on("POST", "/v1/messages", Reply::json(200, answer));
    let said = bench.chat(conversation()).await.unwrap();
    assert_eq!(said, json!({"text": "One two", "usage": {"prompt_tokens": 12, "completion_tokens": 5, "total_tokens": 17}}));
    let sent = &bench.sent()[0];
    assert_eq!((sent.header("x-api-key"), sent.header("anthropic-version"), sent.header("authorization")), (Some(KEY), Some("2023-06-01"), None));
    let messages = [json!({"role": "user", "content": "Hi"}), json!({"role": "assistant", "content": "Hello."}), json!({"role": "user", "content": "Sum up."})];
    assert_eq!(sent.json(), json!({"model": "model-1", "system": "Be brief.", "messages": messages, "max_tokens": 200, "temperature": 1.0}));
    // Who has nothing but instructions is asked them.
    bench.chat(json!({"messages": [{"role": "system", "content": "Write a poem."}]})).await.unwrap();
    assert_eq!(bench.sent()[1].json(), json!({"model": "model-1", "messages": [{"role": "user", "content": "Write a poem."}], "max_tokens": 1024}));
    assert_eq!(bench.embed(json!({"texts": ["a"]})).await.unwrap_err().code, "ai_model_error");
}

#[tokio::test]
async fn gemini_is_asked_to_generate_content() {
    let bench = Bench::new("gemini", "generativelanguage.googleapis.com", &[]).await;
    let answer = json!({
        "candidates": [{"content": {"parts": [{"text": "plan", "thought": true}, {"text": "Fine."}], "role": "model"}, "finishReason": "STOP", "index": 0}],
        "usageMetadata": {"promptTokenCount": 8, "candidatesTokenCount": 2, "totalTokenCount": 10}, "modelVersion": "model-1",
    });
    bench.provider.on("POST", "/v1beta/models/**", Reply::json(200, answer));
    let said = bench.chat(conversation()).await.unwrap();
    assert_eq!(said, json!({"text": "Fine.", "usage": {"prompt_tokens": 8, "completion_tokens": 2, "total_tokens": 10}}));
    let sent = &bench.sent()[0];
    assert_eq!((sent.path.as_str(), sent.header("x-goog-api-key"), sent.query.as_str()), ("/v1beta/models/model-1:generateContent", Some(KEY), ""));
    let turn = |role: &str, text: &str| json!({"role": role, "parts": [{"text": text}]});
    assert_eq!(
        sent.json(),
        json!({
            "systemInstruction": {"parts": [{"text": "Be brief."}]},
            "contents": [turn("user", "Hi"), turn("model", "Hello."), turn("user", "Sum up.")],
            "generationConfig": {"maxOutputTokens": 200, "temperature": 1.5},
        })
    );
    bench.provider.on("POST", "/v1beta/models/**", Reply::json(200, json!({"promptFeedback": {"blockReason": "SAFETY"}})));
    let refusal = bench.chat(conversation()).await.unwrap_err();
    assert!(refusal.message.contains("SAFETY"), "{}", refusal.message);
    bench.provider.on("POST", "/v1beta/models/**", Reply::json(200, json!({"embeddings": [{"values": [0.1, 0.2]}, {"values": [0.3, 0.4]}]})));
    assert_eq!(bench.embed(json!({"texts": ["a", "b"]})).await.unwrap(), json!({"embeddings": [[0.1, 0.2], [0.3, 0.4]]}));
    assert_eq!(bench.sent()[2].path, "/v1beta/models/vectors-1:batchEmbedContents");
}

#[tokio::test]
async fn workers_ai_is_asked_by_the_models_path() {
    let url = ("MILLRACE_AI_URL", "https://api.cloudflare.com/client/v4/accounts/acc-1/");
    let bench = Bench::new("workers-ai", "api.cloudflare.com", &[url, ("MILLRACE_AI_MODELS", "@cf/meta/llama-3-8b-instruct=@cf/meta/llama-3.1-8b-instruct")]).await;
    let path = "/client/v4/accounts/acc-1/ai/run/@cf/meta/llama-3.1-8b-instruct";
    let answer = json!({"result": {"response": "Yes.", "usage": {"prompt_tokens": 4, "completion_tokens": 2, "total_tokens": 6}}, "success": true, "errors": [], "messages": []});
    bench.provider.on("POST", path, Reply::json(200, answer));
    assert_eq!(bench.chat(conversation()).await.unwrap(), json!({"text": "Yes.", "usage": {"prompt_tokens": 4, "completion_tokens": 2, "total_tokens": 6}}));
    assert_eq!(bench.sent()[0].json(), json!({"messages": conversation()["messages"], "max_tokens": 200, "temperature": 1.5}));
    for (answer, text) in [
        (json!({"result": {"response": {"a": 1}}, "success": true}), r#"{"a":1}"#),
        (json!({"result": {"choices": [{"message": {"content": "as others do"}}]}, "success": true}), "as others do"),
    ] {
        bench.provider.on("POST", path, Reply::json(200, answer));
        assert_eq!(bench.chat(conversation()).await.unwrap()["text"], text);
    }
    bench.provider.on("POST", path, Reply::json(200, json!({"result": null, "success": false, "errors": [{"code": 5007, "message": "No such model"}]})));
    assert!(bench.chat(conversation()).await.unwrap_err().message.ends_with("No such model"));
    bench.provider.on("POST", "/client/v4/accounts/acc-1/ai/run/vectors-1", Reply::json(200, json!({"result": {"shape": [1, 2], "data": [[1.0, 2.0]]}, "success": true})));
    assert_eq!(bench.embed(json!({"texts": ["a"]})).await.unwrap(), json!({"embeddings": [[1.0, 2.0]]}));
}

#[tokio::test]
async fn a_busy_provider_is_asked_again_and_a_refusing_one_is_not() {
    let bench = Bench::new("openai", "api.openai.com", &[]).await;
    let busy = || Reply::json(429, json!({"error": {"message": "Rate limit reached"}})).header("retry-after", "0");
    let answer = json!({"choices": [{"message": {"content": "at last"}}]});
    bench.provider.on_each("POST", "/v1/chat/completions", vec![busy(), busy(), Reply::json(200, answer)]);
    assert_eq!(bench.chat(conversation()).await.unwrap()["text"], "at last");
    assert_eq!(bench.sent().len(), 3);

    bench.provider.clear();
    bench.provider.on("POST", "/v1/chat/completions", busy());
    let refusal = bench.chat(conversation()).await.unwrap_err();
    assert_eq!((refusal.code, refusal.message.as_str(), bench.sent().len()), ("ai_model_error", "The language model's provider answered 429: Rate limit reached", 3));

    bench.provider.clear();
    assert!(bench.ai.chat(&conversation().to_string(), &bench.caller(true)).await.is_err());
    assert_eq!(bench.sent().len(), 1, "what may happen at most once is attempted once");

    bench.provider.clear();
    bench.provider.on("POST", "/v1/chat/completions", Reply::json(401, json!({"error": {"message": format!("Incorrect API key provided: {KEY}")}})));
    let refusal = bench.chat(conversation()).await.unwrap_err();
    assert!(refusal.message.contains("401") && !refusal.message.contains(KEY), "{}", refusal.message);
    bench.provider.on("POST", "/v1/chat/completions", Reply::redirect(302, "https://elsewhere.example/"));
    assert_eq!(bench.chat(conversation()).await.unwrap_err().code, "ai_model_error");
    assert_eq!(bench.sent().len(), 2);
}

#[tokio::test]
async fn what_is_no_question_is_not_sent() {
    let bench = Bench::new("openai", "api.openai.com", &[("MILLRACE_AI_MAX_TOKENS", "50")]).await;
    bench.provider.on("POST", "/v1/chat/completions", Reply::json(200, json!({"choices": [{"message": {"content": "x"}}]})));
    bench.provider.on("POST", "/v1/embeddings", Reply::json(200, json!({"data": [{"index": 0, "embedding": [1.0]}]})));
    for args in [json!({"messages": []}), json!({"messages": [{"role": "tool", "content": "x"}]}), json!([])] {
        assert_eq!(bench.chat(args).await.unwrap_err().code, "invalid_input");
    }
    assert_eq!(bench.embed(json!({"texts": []})).await.unwrap_err().code, "invalid_input");
    assert!(bench.sent().is_empty());
    bench.chat(json!({"messages": [{"role": "user", "content": {"a": 1}}], "max_tokens": "many", "temperature": "hot", "model": 7})).await.unwrap();
    assert_eq!(bench.sent()[0].json(), json!({"model": "model-1", "messages": [{"role": "user", "content": "{\"a\":1}"}], "max_tokens": 50}));
    // One vector for two texts would be taken for the other's.
    assert_eq!(bench.embed(json!({"texts": ["a", "b"]})).await.unwrap_err().code, "ai_model_error");
    assert_eq!(bench.sent()[1].json(), json!({"model": "vectors-1", "input": ["a", "b"]}));
}
