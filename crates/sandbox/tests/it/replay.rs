//! Executing a run again, watched: the same trace, and the places in the source.

use crate::support::{args, opening, pool, program, value};
use millrace_sandbox::{Replay, Trace};
use serde_json::json;

const TWO_CALLS: &str = "export default {
  async execute(ctx) {
    console.log('begun');
    const a = await fetch('https://a.example/');
    await helper();
    return Math.random();
  },
};
async function helper() {
  await fetch('https://b.example/');
}
";

fn answered(seq: u64) -> millrace_sandbox::Delivery {
    value(seq, json!({"status": 200, "status_text": "OK", "url": "https://a.example/", "redirected": false, "headers": [], "body": {"text": ""}}))
}

#[tokio::test]
async fn a_watched_run_has_the_trace_of_an_unwatched_one_and_says_where() {
    let pool = pool().await;
    let program = program(TWO_CALLS);
    let mut trace = Trace::default();
    trace.opened(&opening());
    let (mut session, turn) = pool.open("tenant", program.clone(), opening()).await.unwrap();
    assert_eq!(turn.sites, millrace_sandbox::Sites::default(), "nothing is noted unless asked");
    trace.turned(&turn);
    for seq in [1, 2] {
        trace.delivered(&answered(seq));
        trace.turned(&session.deliver(vec![answered(seq)]).await.unwrap());
    }

    let (mut replay, first) = Replay::open(&pool, "tenant", program, opening()).await.unwrap();
    assert_eq!(args(&first.calls[0])["url"], "https://a.example/");
    let second = replay.deliver(answered(1)).await.unwrap();
    let third = replay.deliver(answered(2)).await.unwrap();
    assert!(third.end.is_some() && replay.is_ended());
    assert_eq!(replay.trace(), trace.hash());

    let (line, at) = &first.sites.lines[0];
    assert!(*line == 1 && at.contains("main.js:3:"), "{at}");
    let (seq, at) = &first.sites.calls[0];
    assert!(*seq == 1 && at.contains("main.js:4:"), "{at}");
    let (seq, at) = &second.sites.calls[0];
    assert!(*seq == 2 && at.contains("main.js:10:") && at.contains("main.js:5:"), "{at}");
}
