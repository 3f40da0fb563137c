//! Sending a browser somewhere else: every parameter that takes an address or a part of one.

use millrace_db::on_both;
use serde_json::json;
use url::Url;
use url::form_urlencoded::byte_serialize;

use super::wire::{Attack, Request, Wire, attack};

/// Ways to write an address elsewhere.
const ELSEWHERE: [&str; 26] = [
    "https://evil.example",
    "//evil.example",
    "///evil.example",
    "////evil.example/%2f..",
    "/\\evil.example",
    "\\/evil.example",
    "\\\\evil.example",
    "https:evil.example",
    "https:/evil.example",
    "https:\\evil.example",
    "HTTPS://EVIL.EXAMPLE",
    "/%09/evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    " //evil.example",
    "/.//evil.example",
    "/..//evil.example",
    "/;@evil.example",
    "http://127.0.0.1:8787@evil.example",
    "http://127.0.0.1:8787.evil.example",
    "http://evil.example#127.0.0.1",
    "http://evil。example",
    "／／evil.example",
    "http://ⓔvil.example",
    "javascript:location='//evil.example'",
    "data:text/html,evil.example",
];

/// What programs call the parameter by which they let themselves be sent on.
const NAMES: [&str; 12] = ["next", "redirect", "redirect_uri", "redirect_url", "return_to", "returnUrl", "url", "continue", "target", "goto", "RelayState", "callback"];

fn encoded(text: &str) -> String {
    byte_serialize(text.as_bytes()).collect()
}

const CALLBACK: &str = "/api/v1/auth/sso/default/callback";

on_both! {
    async fn nobody_is_sent_elsewhere(db: TestDb) {
        let wire = Wire::with(db, &[
            ("MILLRACE_AUTH_EMAIL_VERIFICATION", "off"),
            ("MILLRACE_PUBLIC_URL", "https://millrace.example"),
            ("MILLRACE_SSO_ISSUER", "https://idp.example"),
            ("MILLRACE_SSO_CLIENT_ID", "millrace"),
        ]).await;
        let ada = wire.site.owner("ada@example.com", "acme").await;
        let mut asked = Vec::new();
        for to in ELSEWHERE {
            let to = encoded(to);
            for name in NAMES {
                for (path, more) in [("/api/v1/auth/sso/default/login", ""), (CALLBACK, "&error=access_denied"), ("/api/v1/auth/verify-email", "&token=t"), ("/api/v1/auth/reset-password", "&token=t"), ("/api/v1/auth/accept-invitation", "&token=t")] {
                    asked.push(format!("{path}?{name}={to}{more}"));
                }
            }
            // Parameters that are ours, with what does not belong there.
            for own in ["error", "error_uri", "error_description", "state", "iss", "code"] {
                asked.push(format!("{CALLBACK}?error=x&{own}={to}"));
                asked.push(format!("{CALLBACK}?{own}={to}"));
            }
            for own in ["intent", "invitation_token"] {
                asked.push(format!("/api/v1/auth/sso/default/login?{own}={to}"));
            }
            for own in ["post_logout_redirect_uri", "state"] {
                asked.push(format!("/api/v1/auth/sso/default/logout?{own}={to}"));
            }
            asked.push(format!("/api/v1/auth/sso/{to}/logout"));
            asked.push(format!("/api/v1/auth/sso/{to}/login"));
            asked.push(format!("/api/v1/auth/sso/{to}/callback?error=x"));
            asked.push(format!("/api/v1/auth/sso/providers?workspace={to}"));
            asked.push(format!("/api/v1/auth/accept-invitation?token={to}"));
            asked.push(format!("/api/v1/auth/device/approve?user_code={to}"));
            asked.push(format!("/{to}"));
            asked.push(format!("/{to}/.."));
        }
        asked.extend(["//evil.example", "//evil.example/%2e%2e", "/api//evil.example/", "/api/v1/auth/login//evil.example", "/api/runs/", "http://evil.example/api/runs/", "http://evil.example//"].map(str::to_owned));
        let own = Url::parse("https://millrace.example").unwrap();
        let mut sent_home = 0;
        for target in &asked {
            let answer = wire.send(&Request::get(target).header("Accept", "text/html")).await;
            assert!(answer.status < 500 || answer.status == 503, "{target}: {} {}", answer.status, answer.body);
            for (name, value) in &answer.headers {
                let text = value.to_str().unwrap().to_lowercase();
                assert!(!text.contains("evil") && !text.contains("ⓔvil"), "{target}: {name}: {text}");
            }
            if let Some(location) = answer.headers.get("location") {
                sent_home += 1;
                // As a browser reads it, standing on the page that it asked for.
                let to = own.join(location.to_str().unwrap()).unwrap();
                assert_eq!(to.origin(), own.origin(), "{target} leads to {to}");
            }
        }
        assert!(sent_home > 300 && asked.len() > 1_500, "{sent_home} of {}", asked.len());
        // What is handed out for others to follow begins with our address, whatever was asked.
        for target in ["/api/v1/auth/sso/providers?workspace=%2F%2Fevil.example", "/api/v1/auth/sso/providers"] {
            for entry in wire.send(&Request::get(target)).await.of(200)["data"].as_array().unwrap() {
                assert!(entry["login_url"].as_str().unwrap().starts_with("https://millrace.example/api/v1/auth/sso/"), "{entry}");
            }
        }
        // An address that the server is to ask itself is an https address, or it is refused.
        let issuers = ELSEWHERE.iter().copied().chain(["https://idp.example@evil.example", "https://u:p@evil.example", "https://evil.example?x", "https://evil.example#x", "http://evil.example", "ftp://evil.example", "https://", "", "https://169.254.169.254", "https://[::1]", "https://localhost"]);
        let attacks: Vec<Attack> = issuers
            .map(|issuer| attack(format!("issuer {issuer:?}"), Request::new("PUT", "/api/v1/workspace/sso").json(&json!({"name": "Corporate", "issuer": issuer, "client_id": "c"})).token(&ada.token), 400, "INVALID_ISSUER"))
            .collect();
        wire.withstands(attacks).await;
        let domains = ["//evil.example", "evil.example/x", "https://evil.example", "u@evil.example", "evil.example:443", "evil.example\nx", "*.evil.example", "evil..example", ".", ""];
        let add = |domain: &str| Request::post("/api/v1/workspace/sso/domains", &json!({"domain": domain})).token(&ada.token);
        wire.withstands(domains.iter().map(|domain| attack(format!("domain {domain:?}"), add(domain), 400, "INVALID_DOMAIN")).collect()).await;
    }
}
