//! Mails of a server that is killed while it sends: each arrives, and how often one can come twice is bounded.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use crate::harness::{LONG, Post, Server, Setup, both, eventually, now_s};

const OPERATOR: &str = "operators-own-token-of-tests";

/// Mails that one look takes, sent side by side: what a node that dies has under way at most.
const BATCH: usize = 8;

/// Longer than the lease of a mail under way.
const AFTER_THE_LEASE_S: i64 = 300;

/// Each of them gets a mail with a link.
async fn sign_up(server: &Server, people: std::ops::Range<usize>) {
    for n in people {
        let body = json!({"email": format!("person-{n}@example.com"), "password": "tidal copper wombat ledger"});
        let (status, answer) = server.api_as("", "POST", "/api/v1/auth/signup", Some(body)).await;
        assert_eq!(status, 201, "{answer}");
    }
}

/// Starts it again, so much later that no lease of before holds.
async fn restart_later(server: &mut Server, leases: i64) {
    server.restart().await;
    let later = now_s() + AFTER_THE_LEASE_S * leases;
    server.set_clock(&jiff::Timestamp::from_second(later).unwrap().to_string()).await;
}

/// How often each was taken, by recipient.
fn counts(post: &Post) -> BTreeMap<String, usize> {
    let mut all = BTreeMap::new();
    for (to, _) in post.taken() {
        *all.entry(to).or_default() += 1;
    }
    all
}

both! {
    async fn a_kill_while_mails_are_sent_loses_none_and_repeats_few(db: Database) {
        let mut post = Post::start().await;
        let mut server = Setup::on(db)
            .env("MILLRACE_MAIL_URL", &post.url())
            .env("MILLRACE_MAIL_TLS", "none")
            .env("MILLRACE_MAIL_FROM", "Millrace <no-reply@mail.example>")
            .env("MILLRACE_MAIL_TIMEOUT_S", "60")
            .env("MILLRACE_OPERATOR_TOKEN", OPERATOR)
            .start()
            .await;

        // One mail is under way: taken, and nobody says so.
        post.hold(true).await;
        sign_up(&server, 0..20).await;
        post.took(1).await;
        server.kill9().await;
        let first = post.taken().len();

        // A whole batch is.
        restart_later(&mut server, 1).await;
        post.took(first + BATCH).await;
        server.kill9().await;
        let second = post.taken().len();
        assert_eq!(second, first + BATCH, "one look takes no more");

        // Now all of them are sent, and said to be.
        post.hold(false).await;
        restart_later(&mut server, 2).await;
        let sent = async |server: &Server, people: usize| {
            let none_waits = async || {
                let (_, waiting) = server.api_as(OPERATOR, "GET", "/api/v1/mails?state=queued", None).await;
                (waiting["data"].as_array().is_some_and(Vec::is_empty) && counts(&post).len() == people).then_some(())
            };
            eventually("every mail is sent", LONG * 2, none_waits).await;
        };
        sent(&server, 20).await;
        let by_person = counts(&post);
        assert!(by_person.values().all(|count| (1..=3).contains(count)), "at most once for each of two kills, and once: {by_person:?}");
        assert!(post.taken().len() <= 20 + first + BATCH, "what was not under way is not repeated: {by_person:?}");

        // And killed at the moment at which the mail server has answered: three times, each beside other mails.
        for round in 0..3_usize {
            let before = post.taken().len();
            sign_up(&server, 20 + round * 2..22 + round * 2).await;
            post.took(before + 1).await;
            server.kill9().await;
            restart_later(&mut server, i64::try_from(round).unwrap() + 4).await;
            sent(&server, 22 + round * 2).await;
            assert!(post.taken().len() <= before + 2 + BATCH);
        }
        let by_person = counts(&post);
        assert!((20..26).all(|n| (1..=2).contains(&by_person[&format!("person-{n}@example.com")])), "{by_person:?}");

        // A repetition can be told by whoever receives it.
        let ids: BTreeSet<(String, String)> = post.taken().into_iter().collect();
        assert_eq!(ids.len(), 26, "one Message-ID for each mail: {ids:?}");
        let (_, failed) = server.api_as(OPERATOR, "GET", "/api/v1/mails?state=failed", None).await;
        assert_eq!(failed["data"], json!([]));
    }
}
