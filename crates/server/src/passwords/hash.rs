//! Argon2id, a few at once, and the same work for people who do not exist.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use argon2::password_hash::{PasswordHash, SaltString};
use argon2::{Algorithm, Argon2, Params, PasswordHasher as _, PasswordVerifier as _, Version};
use parking_lot::Mutex;
use serde::Deserialize;
use tokio::sync::Semaphore;
use utoipa::ToSchema;
use zeroize::Zeroizing;

use super::limits::{AT_MOST, SWEEP_EVERY, WAITING};
use crate::http::ApiError;

/// A password as typed. Wiped when dropped, never shown by `Debug`.
#[derive(Clone, ToSchema)]
#[schema(value_type = String)]
pub struct Password(Zeroizing<String>);

impl Password {
    /// Takes a password into care.
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// Its text, for checking it.
    pub(super) fn expose(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Password {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d).map(Self::new)
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// What one hashing costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// Memory, in KiB.
    pub memory: u32,
    /// Passes over it.
    pub passes: u32,
}

impl Cost {
    /// 19 MiB and two passes, the first choice of OWASP's password storage page; some 20 ms of one core.
    pub const STANDARD: Self = Self { memory: 19 * 1024, passes: 2 };

    /// As little as there can be, for tests that are not about passwords.
    #[cfg(test)]
    pub const LIGHT: Self = Self { memory: 8, passes: 1 };

    fn argon2(self) -> Argon2<'static> {
        let params = Params::new(self.memory, self.passes, 1, None).unwrap_or_default();
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
    }
}

/// Hashes and checks passwords. Clone it freely; clones share the bound.
#[derive(Clone)]
pub struct Passwords(Arc<Inner>);

struct Inner {
    cost: Cost,
    turns: Arc<Semaphore>,
    waiting: AtomicUsize,
    /// What people without a password are checked against.
    nobody: OnceLock<String>,
    swept: Mutex<Option<Instant>>,
    #[cfg(test)]
    worked: AtomicUsize,
}

impl Default for Passwords {
    fn default() -> Self {
        Self::new(Cost::STANDARD)
    }
}

impl Passwords {
    /// At this cost, as many at once as there are cores.
    pub fn new(cost: Cost) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self(Arc::new(Inner { cost, turns: Arc::new(Semaphore::new(cores)), waiting: AtomicUsize::new(0), nobody: OnceLock::new(), swept: Mutex::default(), #[cfg(test)] worked: AtomicUsize::default() }))
    }

    /// The text to keep.
    ///
    /// # Errors
    /// 503 when too many wait.
    pub async fn hash(&self, password: &Password) -> Result<String, ApiError> {
        let (own, password) = (self.0.clone(), password.clone());
        self.work(move || hash(own.cost, password.expose().as_bytes())).await?
    }

    /// Whether this is the password that was kept. Without one it takes as long, and is never right.
    ///
    /// # Errors
    /// 503 when too many wait; what was kept is damaged.
    pub async fn verify(&self, password: &Password, kept: Option<&str>) -> Result<bool, ApiError> {
        let (own, password, kept) = (self.0.clone(), password.clone(), kept.map(str::to_owned));
        let check = move || {
            // Longer ones are refused wherever a password is chosen: nobody has one.
            if password.expose().chars().count() > AT_MOST {
                return Ok(false);
            }
            let known = kept.is_some();
            let kept = match kept {
                Some(kept) => kept,
                None => own.nobody()?,
            };
            let parsed = PasswordHash::new(&kept).map_err(|e| ApiError::internal(format!("a kept password is damaged: {e}")))?;
            Ok(Argon2::default().verify_password(password.expose().as_bytes(), &parsed).is_ok() && known)
        };
        self.work(check).await?
    }

    /// Whether this node has not swept old attempts, tokens and sessions for a while; whoever hears so does it.
    pub(crate) fn is_time_to_sweep(&self) -> bool {
        let mut swept = self.0.swept.lock();
        let is_time = swept.is_none_or(|at| at.elapsed() >= SWEEP_EVERY);
        if is_time {
            *swept = Some(Instant::now());
        }
        is_time
    }

    /// How many passwords were hashed or checked so far.
    #[cfg(test)]
    pub(crate) fn worked(&self) -> usize {
        self.0.worked.load(Ordering::Relaxed)
    }

    /// How many could begin at once.
    #[cfg(test)]
    pub(super) fn free_turns(&self) -> usize {
        self.0.turns.available_permits()
    }

    /// As many turns, as soon as they are free: what comes waits until they are dropped.
    #[cfg(test)]
    pub(super) async fn turns_of(&self, many: usize) -> tokio::sync::OwnedSemaphorePermit {
        let many = u32::try_from(many).unwrap_or(u32::MAX);
        self.0.turns.clone().acquire_many_owned(many).await.unwrap_or_else(|_| unreachable!("it is never closed"))
    }

    /// Does it beside, in turn. Turn and place go with the work, not with who waits for it: whoever hangs up in the middle has not
    /// made room for one more.
    async fn work<T: Send + 'static>(&self, what: impl FnOnce() -> T + Send + 'static) -> Result<T, ApiError> {
        let place = Place::take(&self.0).ok_or_else(|| ApiError::unavailable("Too many people sign in at this moment."))?;
        let turn = self.0.turns.clone().acquire_owned().await.map_err(ApiError::internal)?;
        #[cfg(test)]
        self.0.worked.fetch_add(1, Ordering::Relaxed);
        let work = move || {
            let _until_done = (place, turn);
            what()
        };
        tokio::task::spawn_blocking(work).await.map_err(ApiError::internal)
    }
}

impl Inner {
    fn nobody(&self) -> Result<String, ApiError> {
        if let Some(known) = self.nobody.get() {
            return Ok(known.clone());
        }
        let made = hash(self.cost, &rand::random::<[u8; 32]>())?;
        Ok(self.nobody.get_or_init(|| made).clone())
    }
}

fn hash(cost: Cost, password: &[u8]) -> Result<String, ApiError> {
    let salt = SaltString::encode_b64(&rand::random::<[u8; 16]>()).map_err(|e| ApiError::internal(format!("salt: {e}")))?;
    let hashed = cost.argon2().hash_password(password, &salt).map_err(|e| ApiError::internal(format!("password hash: {e}")))?;
    Ok(hashed.to_string())
}

/// One of those who wait or work.
struct Place(Arc<Inner>);

impl Place {
    fn take(inner: &Arc<Inner>) -> Option<Self> {
        let before = inner.waiting.fetch_add(1, Ordering::Relaxed);
        // Dropped at once when there is no place, which counts it down again.
        let place = Self(inner.clone());
        (before < WAITING).then_some(place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}
