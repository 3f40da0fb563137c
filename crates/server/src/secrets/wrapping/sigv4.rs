//! AWS's signature of requests, version 4, for the one shape that is needed here: a POST to `/` without a query
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>).

use aws_lc_rs::hmac;
use millrace_clock::Timestamp;
use sha2::{Digest as _, Sha256};

/// What is signed with, and for where.
pub(super) struct Signing<'a> {
    pub key_id: &'a str,
    pub secret: &'a str,
    pub region: &'a str,
    pub service: &'a str,
}

/// `20150830T123600Z`.
pub(super) fn amz_date(now: Timestamp) -> String {
    now.to_jiff().strftime("%Y%m%dT%H%M%SZ").to_string()
}

impl Signing<'_> {
    /// The value of `Authorization`. `headers` are those that are signed: lower case, in the order of their names, `host` and
    /// `x-amz-date` among them.
    pub(super) fn authorization(&self, date: &str, headers: &[(&str, &str)], body: &[u8]) -> String {
        let day = date.get(..8).unwrap_or_default();
        let scope = format!("{day}/{}/{}/aws4_request", self.region, self.service);
        let names = headers.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(";");
        let lines: String = headers.iter().map(|(name, value)| format!("{name}:{}\n", value.trim())).collect();
        let canonical = format!("POST\n/\n\n{lines}\n{names}\n{}", hex::encode(Sha256::digest(body)));
        let to_sign = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{}", hex::encode(Sha256::digest(canonical)));
        let mut key = hmac::sign(&hmac_key(format!("AWS4{}", self.secret).as_bytes()), day.as_bytes());
        for part in [self.region, self.service, "aws4_request"] {
            key = hmac::sign(&hmac_key(key.as_ref()), part.as_bytes());
        }
        let signature = hex::encode(hmac::sign(&hmac_key(key.as_ref()), to_sign.as_bytes()));
        format!("AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={names}, Signature={signature}", self.key_id)
    }
}

fn hmac_key(bytes: &[u8]) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, bytes)
}
