//! Codes: what they are made of, which are good, and that each is good once.

use millrace_clock::Timestamp;
use millrace_db::Tx;
use millrace_ids::{SecondFactorId, UserId};
use totp_rs::{Builder, Totp};
use zeroize::Zeroizing;

use super::limits::{RECOVERY_CODE, RECOVERY_CODES, SECRET, TYPED};
use super::model::{Factor, Shown};
use super::store;
use crate::app::App;
use crate::http::ApiError;
use crate::secrets::{Keyring, Place};
use crate::users::{EmailAddress, UserRecord};

/// Whom apps show the code for.
const ISSUER: &str = "Millrace";

/// Crockford's digits: none that look alike.
const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// What codes of an app are made of, new.
pub(super) fn new_secret() -> Zeroizing<[u8; SECRET]> {
    Zeroizing::new(rand::random())
}

/// The generator that apps expect everywhere: SHA-1, six digits, 30 seconds, and one step of tolerance each way.
pub(super) fn totp(secret: &[u8], email: &EmailAddress) -> Result<Totp, ApiError> {
    // The address of an `otpauth` link divides at colons.
    let account = email.as_str().replace(':', "");
    Builder::new().with_secret(secret).with_account_name(account).with_issuer(Some(ISSUER)).build().map_err(|e| ApiError::internal(format!("second factor: {e}")))
}

/// Seals what codes are made of for its row.
pub(super) fn seal(keyring: &Keyring, id: &SecondFactorId, secret: &[u8]) -> String {
    keyring.seal_at(place(id), secret)
}

/// The step of 30 seconds that a code of this app belongs to, whether it was used or not.
pub(super) fn step_of(app: &App, user: &UserRecord, factor: &Factor, typed: &str, now: Timestamp) -> Result<Option<i64>, ApiError> {
    let secret = app.keyring.open_at(place(&factor.id), &factor.sealed).map_err(|e| ApiError::internal(format!("second factor {}: {e}", factor.id)))?;
    let seconds = u64::try_from(now.seconds()).unwrap_or(0);
    let step = totp(&secret, &user.email)?.check(typed, seconds);
    Ok(step.and_then(|step| i64::try_from(step).ok()))
}

/// Uses a typed code up, if it is good: of one of the person's apps, or a recovery code. The caller has locked the person.
pub(super) async fn spend(tx: &mut Tx, app: &App, user: &UserRecord, typed: &str, now: Timestamp) -> Result<Option<Shown>, ApiError> {
    let Some(code) = plain(typed) else { return Ok(None) };
    if is_of_app(&code) {
        for factor in store::list(tx, &user.id).await? {
            if let Some(step) = step_of(app, user, &factor, &code, now)? {
                return Ok(store::use_step(tx, &user.id, &factor.id, step, now).await?.then_some(Shown::Totp));
            }
        }
        return Ok(None);
    }
    Ok(store::use_code(tx, &user.id, &hash(&app.keyring, &user.id, &code), now).await?.then_some(Shown::RecoveryCode))
}

/// New recovery codes in the place of all from before, as they are shown, once.
pub(super) async fn make_recovery_codes(tx: &mut Tx, app: &App, user: &UserId, now: Timestamp) -> Result<Vec<String>, ApiError> {
    let codes: Vec<String> = (0..RECOVERY_CODES).map(|_| recovery_code()).collect();
    let hashes: Vec<String> = codes.iter().map(|code| hash(&app.keyring, user, code)).collect();
    store::replace_codes(tx, user, &hashes, now).await?;
    Ok(codes.iter().map(|code| format!("{}-{}", &code[..RECOVERY_CODE / 2], &code[RECOVERY_CODE / 2..])).collect())
}

/// Whether it looks like a code of an app rather than a recovery code.
pub(super) fn is_of_app(code: &str) -> bool {
    code.len() == 6 && code.bytes().all(|b| b.is_ascii_digit())
}

/// A typed code without what people put in between, and with the digits that look like others taken for those.
pub(super) fn plain(typed: &str) -> Option<String> {
    if typed.len() > TYPED {
        return None;
    }
    let digit = |c: char| match c.to_ascii_lowercase() {
        'o' => '0',
        'i' | 'l' => '1',
        other => other,
    };
    Some(typed.chars().filter(|c| !c.is_whitespace() && *c != '-').map(digit).collect())
}

fn recovery_code() -> String {
    rand::random::<[u8; RECOVERY_CODE]>().iter().map(|byte| char::from(DIGITS[usize::from(byte % 32)])).collect()
}

/// What is kept of a recovery code.
fn hash(keyring: &Keyring, user: &UserId, code: &str) -> String {
    hex::encode(keyring.derive("recovery code", format!("{user}:{code}").as_bytes()))
}

fn place(id: &SecondFactorId) -> Place<'_> {
    Place { tenant: "", kind: "second_factor", id: id.as_str() }
}
