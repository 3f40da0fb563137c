//! Language models: asked in every way that workflows do, over HTTP; journaled; offered to a run for as long as it lives or not
//! at all; and the key is the server's alone.

use millrace_cli::demo::{Reply, StandIn};
use serde_json::{Value, json};

use crate::harness::{Database, Server, Setup, both};

const THINKING: &str = include_str!("workflows/thinking.ts");
const KEY: &str = "sk-m0del-Kx8Zp2Qw7Rt5Yv";

/// A model that repeats what it is asked, and tells everybody's secrets.
async fn model() -> StandIn {
    let answer = |request: &millrace_cli::demo::Request| {
        let asked = request.json();
        if request.path.ends_with("/embeddings") {
            return Reply::json(200, &json!({"data": [{"embedding": [1, 0]}, {"embedding": [0, 1]}]}));
        }
        let prompt = asked["messages"].as_array().and_then(|m| m.last()).map_or("", |m| m["content"].as_str().unwrap_or_default());
        let text = format!(" {prompt} of {} {KEY} ", asked["model"].as_str().unwrap_or_default());
        Reply::json(200, &json!({"choices": [{"message": {"role": "assistant", "content": text}}], "usage": {"prompt_tokens": 7, "completion_tokens": 5, "total_tokens": 12}}))
    };
    StandIn::start("model", answer).await.unwrap()
}

fn offered(db: Database, model: &StandIn) -> Setup {
    let setup = Setup::on(db).host("api.openai.com", model);
    setup.env("MILLRACE_AI_PROVIDER", "openai").env("MILLRACE_AI_KEY", KEY).env("MILLRACE_AI_MODEL", "small-1").env("MILLRACE_AI_EMBEDDING_MODEL", "vectors-1")
}

async fn go(server: &Server, n: u64) {
    server.ok("POST", "/api/events", Some(json!({"name": "go", "data": {"n": n}}))).await;
}

both! {
    async fn a_model_answers_in_every_way_it_is_asked(db: Database) {
        let model = model().await;
        let server = offered(db, &model).start().await;
        let installation = server.install(THINKING, json!({}), json!({})).await;
        let run = server.completed(&server.trigger(&installation, json!({})).await).await;
        let said = |prompt: &str| format!(" {prompt} of small-1 [secret] ");
        assert_eq!(
            run["output"],
            json!({
                "offered": true, "text": said("Summarise").trim(), "response": said("Summarise"), "tokens": 12, "ran": said("Run"), "workers": said("Workers"),
                "client": said("Client"), "cached": said("Client"), "vectors": [[1, 0], [0, 1]],
            })
        );
        let kinds: Vec<&str> = run["journal"].as_array().unwrap().iter().map(|e| e["kind"].as_str().unwrap()).collect();
        assert_eq!(kinds.iter().filter(|k| k.starts_with("ai")).collect::<Vec<_>>(), [&"ai", &"ai", &"ai", &"ai", &"ai.embed"], "{kinds:?}");
        assert_eq!(model.count(), 5, "what is cached is not asked again");
        let first = &model.requests()[0];
        assert!(first.bears(KEY) && first.header("idempotency-key") == format!("{}:1", run["id"].as_str().unwrap()));
        assert_eq!(first.json(), json!({"model": "small-1", "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Summarise"}], "max_tokens": 60}));
        assert!(!run.to_string().contains(KEY), "the key is nowhere in a run");
    }

    async fn without_a_model_workflows_take_their_other_branch(db: Database) {
        let server = Setup::on(db).start().await;
        let installation = server.install(THINKING, json!({}), json!({})).await;
        let run = server.completed(&server.trigger(&installation, json!({})).await).await;
        assert_eq!((&run["output"]["offered"], &run["output"]["code"]), (&json!(false), &json!("ai_model_error")));
    }

    async fn a_provider_that_fails_is_a_result_and_no_exception(db: Database) {
        let model = StandIn::start("model", |_| Reply::json(400, &json!({"error": {"message": "context too long"}}))).await.unwrap();
        let server = offered(db, &model).start().await;
        let installation = server.install(THINKING, json!({}), json!({})).await;
        let run = server.completed(&server.trigger(&installation, json!({})).await).await;
        let expected: Value = json!({"offered": true, "code": "ai_model_error", "message": "The language model's provider answered 400: context too long"});
        assert_eq!(run["output"], expected);
    }

    /// What `env.AI` was when a run began it is whenever the run is replayed, whatever the server is started with.
    async fn a_run_is_offered_what_it_was_offered_when_it_began(db: Database) {
        let model = model().await;
        let data = tempfile::tempdir().unwrap();
        let mut server = Setup::on(db.clone()).host("api.openai.com", &model).data(data.path()).start().await;
        let installation = server.install(THINKING, json!({}), json!({})).await;
        let without = server.trigger(&installation, json!({"wait": 1})).await;
        server.until(&without, &["waiting"]).await;
        server.terminate().await;

        let mut server = offered(db.clone(), &model).data(data.path()).start().await;
        // A former node that was seen just now must be given time to hear of it.
        eventually_offered(&server, &installation).await;
        let with = server.trigger(&installation, json!({"wait": 2})).await;
        server.until(&with, &["waiting"]).await;
        go(&server, 1).await;
        assert_eq!(server.completed(&without).await["output"]["offered"], false);
        server.terminate().await;

        let server = Setup::on(db).host("api.openai.com", &model).data(data.path()).start().await;
        go(&server, 2).await;
        let output = server.completed(&with).await["output"].clone();
        assert_eq!((&output["offered"], &output["code"]), (&json!(true), &json!("ai_model_error")), "{output}");
    }
}

async fn eventually_offered(server: &Server, installation: &Value) {
    crate::harness::eventually("a run is offered a model", crate::harness::LONG, async || {
        let run = server.completed(&server.trigger(installation, json!({})).await).await;
        (run["output"]["offered"] == true).then_some(())
    })
    .await;
}
