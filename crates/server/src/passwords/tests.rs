#![allow(clippy::unwrap_used)]

use super::*;
use crate::users::EmailAddress;

fn email() -> EmailAddress {
    "ada.lovelace@example.com".parse().unwrap()
}

fn broken(text: &str, second_factor: bool) -> Vec<String> {
    match check(&Password::new(text.to_owned()), &email(), second_factor) {
        Ok(()) => Vec::new(),
        Err(error) => {
            assert_eq!((error.status.as_u16(), error.code.as_str()), (400, "WEAK_PASSWORD"));
            error.errors.into_iter().map(|e| e.code).collect()
        }
    }
}

#[test]
fn long_and_unusual_ones_are_good_without_rules_of_composition() {
    for good in ["tidal copper wombat ledger", "vqmzltbnhwkrfyd", "ein Garten voller Zitronen", "слонодинтридождь", "x7#kQ!mZ2@pLw9$vTn"] {
        assert_eq!(broken(good, false), Vec::<String>::new(), "{good}");
    }
}

#[test]
fn what_guessers_try_first_is_refused_however_long() {
    for bad in [
        "password12345678", "Passw0rd!Passw0rd!", "qwertyuiopasdfgh", "1234567890123456", "aaaaaaaaaaaaaaaaaaaa", "abcabcabcabcabcabc", "iloveyouiloveyou",
        "Summer2024Summer2024", "correcthorsebatterystaple", "letmeinletmein2023", "0987654321qwerty", "millrace-millrace", "adminadminadmin1", "1qaz2wsx3edc4rfv",
    ] {
        assert_eq!(broken(bad, false), ["TOO_COMMON"], "{bad}");
    }
}

#[test]
fn length_counts_characters_and_depends_on_the_second_factor() {
    assert_eq!(broken("vqmzltbnhwkrfy", false), ["TOO_SHORT"]);
    assert_eq!(broken("vqmzltbn", true), Vec::<String>::new());
    assert_eq!(broken("vqmzltb", true), ["TOO_SHORT"]);
    assert_eq!(broken("password", true), ["TOO_COMMON"]);
    assert_eq!(broken(&"ä".repeat(129), false), ["TOO_LONG"]);
    assert_eq!(broken("my ada.lovelace vqmz wombat", false), ["CONTAINS_EMAIL"]);
}

#[tokio::test]
async fn a_kept_password_is_argon2id_and_only_the_right_one_opens() {
    let passwords = Passwords::new(Cost { memory: 64, passes: 1 });
    let right = Password::new("tidal copper wombat ledger".to_owned());
    let kept = passwords.hash(&right).await.unwrap();
    assert!(kept.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{kept}");
    assert_ne!(kept, passwords.hash(&right).await.unwrap(), "each has its own salt");
    assert!(passwords.verify(&right, Some(&kept)).await.unwrap());
    assert!(!passwords.verify(&Password::new("tidal copper wombat ledgers".to_owned()), Some(&kept)).await.unwrap());
    assert!(!passwords.verify(&right, None).await.unwrap(), "nobody has no password");
    assert!(!passwords.verify(&Password::new("x".repeat(1_000_000)), Some(&kept)).await.unwrap());
    assert!(passwords.verify(&right, Some("no hash at all")).await.is_err());
    assert!(!format!("{right:?}").contains("wombat"));
}

#[test]
fn the_standard_cost_is_what_is_recommended() {
    assert_eq!((Cost::STANDARD.memory, Cost::STANDARD.passes), (19_456, 2));
}

#[tokio::test]
async fn a_crowd_is_turned_away_instead_of_waiting_for_ever() {
    let passwords = Passwords::new(Cost::LIGHT);
    let password = Password::new("tidal copper wombat ledger".to_owned());
    // Nobody is served before all have come: all turns are taken until then.
    let turns = passwords.turns_of(passwords.free_turns()).await;
    let all = futures::future::join_all((0..limits::WAITING + 40).map(|_| passwords.hash(&password)));
    let (answers, ()) = tokio::join!(all, async { drop(turns) });
    let refused: Vec<_> = answers.iter().filter_map(|answer| answer.as_ref().err()).collect();
    assert_eq!(refused.len(), 40);
    assert!(refused.iter().all(|error| error.status.as_u16() == 503));
    assert!(passwords.hash(&password).await.is_ok(), "afterwards there is room again");
}

#[tokio::test]
async fn who_hangs_up_makes_no_room_before_the_work_is_done() {
    let passwords = Passwords::new(Cost { memory: 32 * 1024, passes: 8 });
    let password = Password::new("tidal copper wombat ledger".to_owned());
    let turns = passwords.free_turns();
    {
        let mut work = std::pin::pin!(passwords.hash(&password));
        assert!(futures::poll!(&mut work).is_pending());
    }
    assert_eq!(passwords.free_turns(), turns - 1, "it is still being hashed");
    let held = passwords.turns_of(turns).await;
    assert_eq!(passwords.worked(), 1);
    drop(held);
}
