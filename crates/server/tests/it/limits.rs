//! Guessing credentials, seen from outside.

use reqwest::Method;

use crate::server::{Running, refused, start};

async fn status(running: &Running, from: &str, key: &str) -> (u16, Option<u32>) {
    let request = running.stranger(Method::GET, "/api/connections").bearer_auth(key).header("x-forwarded-for", format!("203.0.113.250, {from}"));
    let response = request.send().await.unwrap();
    let wait = response.headers().get("retry-after").map(|v| v.to_str().unwrap().parse().unwrap());
    (response.status().as_u16(), wait)
}

#[tokio::test]
async fn who_guesses_is_refused_and_a_neighbour_with_a_good_key_is_not() {
    let running = start(&[("MILLRACE_TRUSTED_PROXIES", "1")]).await;
    let unknown = |n: usize| format!("mr_01h455vb4pex5vsknk084sn02q_{n:048x}");
    assert_eq!(status(&running, "192.0.2.1", &running.key).await, (200, None));
    let mut met = None;
    for n in 0..400 {
        if let (429, wait) = status(&running, "192.0.2.1", &unknown(n)).await {
            met = Some((n, wait));
            break;
        }
    }
    let (n, wait) = met.expect("guessing has a limit");
    // One comes back each three seconds while this goes on.
    assert!((300..=380).contains(&n) && wait.is_some_and(|s| (1..=3).contains(&s)), "{n} {wait:?}");
    assert_eq!(status(&running, "192.0.2.1", &running.key).await, (200, None), "a key that is known here");
    assert_eq!(status(&running, "192.0.2.2", &unknown(0)).await.0, 401, "another address");
    // The address that the caller claims further left is not believed.
    assert_eq!(status(&running, "203.0.113.250", &unknown(0)).await.0, 401);
    running.server.stop().await;
}

#[tokio::test]
async fn without_trusted_proxies_a_claimed_address_changes_nothing() {
    let running = start(&[]).await;
    let mut statuses = std::collections::BTreeMap::new();
    for n in 0..400 {
        let request = running.stranger(Method::GET, "/api/connections").bearer_auth("nonsense").header("x-forwarded-for", format!("192.0.2.{}", n % 250));
        *statuses.entry(request.send().await.unwrap().status().as_u16()).or_insert(0) += 1;
    }
    assert!(statuses[&401] >= 300 && statuses.contains_key(&429), "{statuses:?}");
    let response = running.stranger(Method::GET, "/api/connections").bearer_auth("nonsense").send().await.unwrap();
    refused(response, 429, "RATE_LIMITED").await;
    running.server.stop().await;
}
