//! Hashes and HMAC for `crypto.subtle`.

use hmac::{Hmac, Mac};
use rquickjs::{ArrayBuffer, Ctx, IntoJs, Result, TypedArray, Value, function::Opt};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512};

use super::encoding::bytes_of;

/// What to compute over the bytes.
enum Ask {
    Hash,
    Sign(Vec<u8>),
    Verify(Vec<u8>, Vec<u8>),
}

/// What came out.
enum Answer {
    Bytes(Vec<u8>),
    Same(bool),
}

macro_rules! with_hash {
    ($hash:ty, $ask:expr, $data:expr) => {
        match $ask {
            Ask::Hash => Some(Answer::Bytes(<$hash>::digest($data).to_vec())),
            Ask::Sign(key) => {
                let mac = Hmac::<$hash>::new_from_slice(&key).ok()?.chain_update($data);
                Some(Answer::Bytes(mac.finalize().into_bytes().to_vec()))
            }
            // In constant time: workflows check webhook signatures with this.
            Ask::Verify(key, signature) => {
                let mac = Hmac::<$hash>::new_from_slice(&key).ok()?.chain_update($data);
                Some(Answer::Same(mac.verify_slice(&signature).is_ok()))
            }
        }
    };
}

fn compute(algorithm: &str, ask: Ask, data: &[u8]) -> Option<Answer> {
    match algorithm {
        "SHA-1" => with_hash!(Sha1, ask, data),
        "SHA-256" => with_hash!(Sha256, ask, data),
        "SHA-384" => with_hash!(Sha384, ask, data),
        "SHA-512" => with_hash!(Sha512, ask, data),
        _ => None,
    }
}

/// The hash of `data`; with a key its HMAC; with a key and a signature whether they agree. `undefined` for an unknown algorithm.
pub(super) fn digest<'js>(
    ctx: Ctx<'js>,
    algorithm: String,
    data: TypedArray<'js, u8>,
    key: Opt<Option<TypedArray<'js, u8>>>,
    signature: Opt<Option<TypedArray<'js, u8>>>,
) -> Result<Value<'js>> {
    let data = bytes_of(&ctx, &data)?;
    let ask = match (key.0.flatten(), signature.0.flatten()) {
        (None, _) => Ask::Hash,
        (Some(key), None) => Ask::Sign(bytes_of(&ctx, &key)?),
        (Some(key), Some(signature)) => Ask::Verify(bytes_of(&ctx, &key)?, bytes_of(&ctx, &signature)?),
    };
    match compute(&algorithm, ask, &data) {
        Some(Answer::Bytes(bytes)) => ArrayBuffer::new_copy(ctx, bytes).map(ArrayBuffer::into_value),
        Some(Answer::Same(same)) => same.into_js(&ctx),
        None => Ok(Value::new_undefined(ctx)),
    }
}
