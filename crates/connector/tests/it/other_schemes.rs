//! Providers that have no connector yet can be described without new code: their schemes, as data, against digests
//! computed elsewhere.

use http::{HeaderMap, HeaderName};
use millrace_connector::webhook::{Event, Incoming, Received, Verification, WebhookError, receive};
use millrace_connector::{Connector, SecretText};
use serde_json::json;

const NOW: i64 = 1_716_199_200;

fn verification(webhook: &str) -> Verification {
    let text = format!(
        "# schema: millrace.connector/1\nservice: x\ntitle: X\nbase_url: https://x.test\nhosts: [x.test]\nauth: [{{kind: token}}]\noperations: {{}}\nwebhook:\n{webhook}"
    );
    Verification::service(&Connector::parse("x", &text).unwrap_or_else(|e| panic!("{e}"))).unwrap()
}

fn deliver(by: &Verification, secret: &str, headers: &[(&str, &str)], body: &str, now_s: i64) -> Result<Event, WebhookError> {
    let map: HeaderMap =
        headers.iter().map(|(name, value)| (name.parse::<HeaderName>().unwrap(), value.parse().unwrap())).collect();
    let incoming = Incoming { headers: &map, body: body.as_bytes(), query: None, now_s };
    match receive(by, Some(&SecretText::from(secret)), &incoming)? {
        Received::Event(event) => Ok(event),
        Received::Handshake(reply) => panic!("{reply:?}"),
    }
}

#[test]
fn base64_digests() {
    let typeform = verification(
        r#"
  verify: [{header: typeform-signature, prefix: "sha256=", encoding: base64, signed: "{body}"}]
  deliveries: [{event: {default: form_response}, id: [{path: event_id}]}]
"#,
    );
    let body = r#"{"event_id":"01","form_response":{"token":"t"}}"#;
    let headers = [("typeform-signature", "sha256=3Kc1MxOWBmMAhO/miBsRIyRY1bowNu61A+rCXg3aq9Y=")];
    let event = deliver(&typeform, "tf-secret", &headers, body, NOW).unwrap();
    assert_eq!((event.event.as_str(), event.delivery_id.as_deref()), ("form_response", Some("01")));
    assert_eq!(deliver(&typeform, "other", &headers, body, NOW).unwrap_err().code(), "WEBHOOK_SIGNATURE_INVALID");
}

#[test]
fn a_shorter_tolerance() {
    let calendly = verification(
        r#"
  verify:
    - {header: calendly-webhook-signature, format: pairs, signature_key: v1, encoding: hex, signed: "{timestamp}.{body}", timestamp: {key: t}, tolerance_s: 180}
  deliveries: [{event: {first_of: [{path: event}]}}]
"#,
    );
    let body = r#"{"event":"invitee.created","payload":{"name":"Ada"}}"#;
    let headers = [(
        "calendly-webhook-signature",
        "t=1716199200,v1=6dd427dc72450b1b3e3d80dd9e7a1974a59725de4e00c095fd8ea054f1a59c95",
    )];
    assert_eq!(deliver(&calendly, "cal-secret", &headers, body, NOW + 180).unwrap().event, "invitee.created");
    let late = deliver(&calendly, "cal-secret", &headers, body, NOW + 181).unwrap_err();
    assert_eq!(late, WebhookError::TimestampStale { age_s: 181, tolerance_s: 180 });
}

#[test]
fn a_time_inside_the_body() {
    let linear = verification(
        r#"
  verify:
    - {header: linear-signature, encoding: hex, signed: "{body}", timestamp: {path: webhookTimestamp, unit: ms}, tolerance_s: 60}
  deliveries: [{event: {join: [{path: type}, {path: action}]}, id: [{header: linear-delivery}], time: {path: webhookTimestamp, unit: ms}}]
"#,
    );
    let body = r#"{"action":"update","type":"Issue","data":{"identifier":"ENG-1"},"webhookTimestamp":1716199200123}"#;
    let headers = [
        ("linear-signature", "dafe72cf36eefe9e5f892c52364928efdacccc0216dc927b7f0666735548d034"),
        ("linear-delivery", "d-1"),
    ];
    let event = deliver(&linear, "lin-secret", &headers, body, NOW + 30).unwrap();
    assert_eq!((event.event.as_str(), event.timestamp_ms), ("Issue.update", Some(1_716_199_200_123)));
    assert_eq!(event.data["data"], json!({"identifier": "ENG-1"}));
    assert_eq!(deliver(&linear, "lin-secret", &headers, body, NOW + 90).unwrap_err().code(), "WEBHOOK_TIMESTAMP_STALE");
}

#[test]
fn a_bare_digest_and_a_joined_name() {
    let sentry = verification(
        r#"
  verify: [{header: sentry-hook-signature, encoding: hex, signed: "{body}"}]
  deliveries: [{event: {join: [{header: sentry-hook-resource}, {path: action}]}, id: [{header: request-id}]}]
"#,
    );
    let body = r#"{"action":"created","data":{"issue":{"shortId":"P-1"}}}"#;
    let headers = [
        ("sentry-hook-signature", "d9e8e44db661fc6fad6c7c1f44e6df64e9dd67d498cdd73772a5ea9c63c0fdde"),
        ("sentry-hook-resource", "issue"),
        ("request-id", "r-1"),
    ];
    let event = deliver(&sentry, "sentry-secret", &headers, body, NOW).unwrap();
    assert_eq!((event.event.as_str(), event.delivery_id.as_deref()), ("issue.created", Some("r-1")));
}

#[test]
fn other_digests_and_plain_text_challenges() {
    for (digest, tag) in [
        ("hmac_sha1", "fa90bbb46547f7bc6b4cad1f3b475ba08facfea6"),
        (
            "hmac_sha512",
            "07df831e6329692b1c8ae7669e9162598252f1b90c50e4c49ebff49e170986fe51e60e355a827c510a576016e95a2e312ee0ac50f126726fee9da829acc651dd",
        ),
    ] {
        let by = verification(&format!(
            "  verify: [{{header: x-sig, encoding: hex, digest: {digest}, signed: \"{{body}}\"}}]\n  deliveries: [{{event: {{default: e}}}}]\n"
        ));
        assert_eq!(deliver(&by, "s", &[("x-sig", tag)], r#"{"a":1}"#, NOW).unwrap().event, "e", "{digest}");
    }
    let by = verification(
        r#"
  verify: [{header: x-sig, encoding: hex, signed: "{body}"}]
  handshakes: [{when: {path: challenge}, unsigned: true, reply: {text: {echo: challenge}}}]
  deliveries: [{event: {default: e}}]
"#,
    );
    let headers = HeaderMap::new();
    let incoming = Incoming { headers: &headers, body: br#"{"challenge":"abc"}"#, query: None, now_s: NOW };
    match receive(&by, Some(&SecretText::from("s")), &incoming).unwrap() {
        Received::Handshake(reply) => {
            assert_eq!((reply.content_type, &reply.body[..]), ("text/plain; charset=utf-8", &b"abc"[..]));
        }
        Received::Event(event) => panic!("{event:?}"),
    }
}
