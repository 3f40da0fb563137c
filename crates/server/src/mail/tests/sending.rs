//! Sending to a real server, whatever it does.

use std::time::Duration;

use millrace_clock::Clock;
use millrace_db::{Db, on_both};

use super::super::limits::{ATTEMPTS, LEASE};
use super::super::smtp::Smtp;
use super::super::worker::Sender;
use super::super::{Mail, start, store};
use super::peer::{Peer, USER};
use super::{TOKEN, clock, mail, queue, revoked, rows, verify};
use crate::installations::fixture::Bench;

fn sender(db: &Db, clock: &Clock, mail: &Mail, smtp: Smtp) -> Sender {
    Sender::new(db.clone(), clock.clone(), mail.clone(), smtp, false)
}

on_both! {
    async fn a_mail_arrives_whole_and_its_link_is_removed_here(db: TestDb) {
        let (clock, mail, peer) = (clock(), mail(), Peer::start("none", false).await);
        queue(&db, &mail, "anna@example.com", &verify(&clock), "1", clock.now()).await;
        queue(&db, &mail, "bert@example.com", &revoked("Größe & <b>Co</b>\r\nBcc: evil@example.com"), "1", clock.now()).await;
        let sender = sender(&db, &clock, &mail, peer.smtp());
        assert_eq!(sender.tick(clock.now()).await.unwrap(), None, "nothing is left to do");
        let mut taken = peer.taken(2).await;
        taken.sort_by_key(|m| m["envelope"]["to"][0].as_str().unwrap().to_owned());
        let [anna, bert] = &taken[..] else { panic!("{taken:?}") };
        assert_eq!(anna["envelope"], serde_json::json!({"from": "no-reply@mail.example", "to": ["anna@example.com"]}));
        assert_eq!((anna["from"]["name"].as_str(), anna["subject"].as_str()), (Some("Müller & Co"), Some("Confirm your e-mail address")));
        for part in ["text", "html"] {
            assert!(anna[part].as_str().unwrap().contains(&format!("https://millrace.example/verify?token={TOKEN}")), "{part}: {}", anna[part]);
        }
        assert!(anna["headers"]["content-type"].as_str().unwrap().starts_with("multipart/alternative"));
        assert_eq!(anna["headers"]["auto-submitted"], "auto-generated");
        assert!(anna["headers"]["message-id"].as_str().unwrap().starts_with("<mail_") && anna["headers"]["date"].as_str().unwrap().starts_with("Thu, 15 Jan 2026 09:30:00"));
        assert_eq!(bert["subject"], "API key revoked in Größe & <b>Co</b> Bcc: evil@example.com");
        assert!(bert["headers"]["bcc"].is_null() && bert["html"].as_str().unwrap().contains("&lt;b&gt;Co"));
        assert_eq!(rows(&db).await, [("sent".to_owned(), 1, None, false), ("sent".to_owned(), 1, None, false)]);
        sender.tick(clock.now().plus(Duration::from_secs(86_400))).await.unwrap();
        assert_eq!(peer.taken(2).await.len(), 2, "once");
    }

    async fn refused_for_now_is_tried_again_and_refused_for_good_is_not(db: TestDb) {
        let (clock, mail, peer) = (clock(), mail(), Peer::start("none", false).await);
        for to in ["later@example.com", "never@example.com", "lost@example.com", "not an address"] {
            queue(&db, &mail, to, &revoked("W"), "1", clock.now()).await;
        }
        let sender = sender(&db, &clock, &mail, peer.smtp());
        let next = sender.tick(clock.now()).await.unwrap().unwrap();
        assert_eq!(next, clock.now().plus(Duration::from_secs(30)));
        let found = rows(&db).await;
        let states: Vec<&str> = found.iter().map(|r| r.0.as_str()).collect();
        assert_eq!(states, ["queued", "failed", "queued", "failed"], "{found:?}");
        assert!(found[0].2.as_ref().unwrap().contains("try again later"), "{found:?}");
        assert!(found[1].2.as_ref().unwrap().contains("no such mailbox"), "{found:?}");
        assert!(found[3].2.as_ref().unwrap().contains("not an address"), "{found:?}");
        assert!(peer.taken(0).await.is_empty());
        sender.tick(clock.now()).await.unwrap();
        assert_eq!(rows(&db).await, found, "not before it is due");
        clock.set(next);
        assert_eq!(sender.tick(next).await.unwrap(), None);
        assert_eq!(peer.taken(2).await.len(), 2);
        assert_eq!(rows(&db).await.iter().map(|r| r.0.as_str()).collect::<Vec<_>>(), ["sent", "failed", "sent", "failed"]);
    }

    async fn a_server_that_is_away_or_lets_nobody_in_costs_no_mail(db: TestDb) {
        let (clock, mail, peer) = (clock(), mail(), Peer::start("starttls", true).await);
        queue(&db, &mail, "anna@example.com", &revoked("W"), "1", clock.now()).await;
        let away = Smtp::new(&peer.config(&[("MILLRACE_MAIL_URL", "smtp://localhost:1")])).unwrap().unwrap();
        let wrong = Smtp::new(&peer.config(&[("MILLRACE_MAIL_PASSWORD", "another")])).unwrap().unwrap();
        let stranger = tempfile::NamedTempFile::new().unwrap();
        let untrusted = Smtp::new(&peer.config(&[("MILLRACE_EXTRA_CA", stranger.path().to_str().unwrap())])).unwrap().unwrap();
        for smtp in [away, wrong, untrusted] {
            assert!(smtp.try_out(Duration::from_secs(5)).await.is_err());
            let next = sender(&db, &clock, &mail, smtp).tick(clock.now()).await.unwrap().unwrap();
            assert!(next > clock.now());
            let found = rows(&db).await;
            assert_eq!(found[0].0, "queued", "{found:?}");
            assert!(found[0].2.is_some());
            clock.set(next);
        }
        let right = peer.smtp();
        right.try_out(Duration::from_secs(5)).await.unwrap();
        sender(&db, &clock, &mail, right).tick(clock.now()).await.unwrap();
        let taken = peer.taken(1).await;
        assert_eq!((&taken[0]["secure"], taken[0]["user"].as_str()), (&serde_json::json!(true), Some(USER)));
        assert_eq!(rows(&db).await[0].1, 4);
    }

    async fn what_comes_too_late_to_be_of_use_is_given_up(db: TestDb) {
        let (clock, mail, peer) = (clock(), mail(), Peer::start("none", false).await);
        let away = || Smtp::new(&peer.config(&[("MILLRACE_MAIL_URL", "smtp://localhost:1")])).unwrap().unwrap();
        queue(&db, &mail, "link@example.com", &verify(&clock), "1", clock.now()).await;
        queue(&db, &mail, "news@example.com", &revoked("W"), "1", clock.now()).await;
        let (began, sender) = (clock.now(), sender(&db, &clock, &mail, away()));
        let mut gave_up = Vec::new();
        while let Some(next) = sender.tick(clock.now()).await.unwrap() {
            clock.set(next);
            gave_up.push(rows(&db).await.iter().map(|r| r.0 == "failed").collect::<Vec<_>>());
        }
        let found = rows(&db).await;
        assert_eq!((found[0].0.as_str(), found[1].0.as_str()), ("failed", "failed"));
        assert!(!found[0].3, "a link that is of no use any more is not kept");
        assert!(found[0].1 < 10 && found[1].1 == ATTEMPTS, "{found:?}");
        assert!((1..3).contains(&(clock.now().since(began).as_secs() / 86_400)), "{:?}", clock.now().since(began));
        assert!(gave_up.contains(&vec![true, false]), "the link ended long before the news did");
    }

    async fn two_nodes_send_each_mail_once_and_one_that_dies_is_taken_over(db: TestDb) {
        let (clock, mail, peer) = (clock(), mail(), Peer::start("none", false).await);
        for n in 0..24 {
            queue(&db, &mail, &format!("n{n}@example.com"), &revoked("W"), "1", clock.now()).await;
        }
        // A third node takes some and dies.
        let mut tx = db.begin().await.unwrap();
        let lost = store::claim(&mut tx, "dead", clock.now(), clock.now().plus(LEASE), 4).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(lost.len(), 4);
        let (a, b) = (sender(&db, &clock, &mail, peer.smtp()), sender(&db, &clock, &mail, peer.smtp()));
        let drain = async |sender: &Sender| while sender.tick(clock.now()).await.unwrap().is_some_and(|next| next <= clock.now()) {};
        tokio::join!(drain(&a), drain(&b));
        assert_eq!(peer.taken(20).await.len(), 20);
        clock.advance(LEASE);
        tokio::join!(drain(&a), drain(&b));
        let mut to: Vec<String> = peer.taken(24).await.iter().map(|m| m["envelope"]["to"][0].as_str().unwrap().to_owned()).collect();
        to.sort();
        to.dedup();
        assert_eq!((to.len(), peer.taken(24).await.len()), (24, 24));
        // The dead one comes back to life and has nothing to say any more.
        let mut tx = db.begin().await.unwrap();
        assert!(!store::again(&mut tx, &lost[0].id, "dead", clock.now(), "late").await.unwrap());
    }

    async fn a_commit_wakes_whoever_sends(db: TestDb) {
        let peer = Peer::start("tls", true).await;
        let bench = Bench::new(db).await;
        let sending = start(&bench.app, peer.smtp());
        // Until then the worker looks each five minutes only.
        for n in 0..3 {
            let mut tx = bench.app.platform().begin().await.unwrap();
            bench.app.mail.queue(&mut tx, None, "anna@example.com", &revoked("W"), &n.to_string(), bench.app.clock.now()).await.unwrap();
            tx.commit().await.unwrap();
            peer.taken(n + 1).await;
        }
        bench.app.stopping.cancel();
        tokio::time::timeout(Duration::from_secs(5), sending).await.unwrap().unwrap();
    }
}
