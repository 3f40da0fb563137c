//! Bytes and text: UTF-8, the legacy encodings of the web, Base64.

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig, general_purpose::STANDARD},
};
use encoding_rs::{Decoder, DecoderResult, Encoding};
use rquickjs::{
    ArrayBuffer, Ctx, Exception, FromJs, Function, IntoJs, Result, TypedArray, Value, function::MutFn,
};

/// What the web calls forgiving Base64: padding may be missing, but not wrong; stray trailing bits are ignored.
const FORGIVING: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// The bytes of a `Uint8Array` argument.
///
/// # Errors
/// A `TypeError` when its buffer is detached.
pub(super) fn bytes_of<'js>(ctx: &Ctx<'js>, array: &TypedArray<'js, u8>) -> Result<Vec<u8>> {
    // SAFETY: the engine owns these bytes and may free or move them when JavaScript runs; they are copied before anything
    // else happens, and no other thread touches this isolate meanwhile.
    #[allow(unsafe_code)]
    let bytes = unsafe { array.as_bytes() }.map(<[u8]>::to_vec);
    bytes.ok_or_else(|| Exception::throw_type(ctx, "the buffer is detached"))
}

/// The UTF-8 bytes of a string. The caller has replaced lone surrogates.
pub(super) fn utf8<'js>(ctx: Ctx<'js>, text: String) -> Result<ArrayBuffer<'js>> {
    ArrayBuffer::new_copy(ctx, text.as_bytes())
}

fn encoding_of(label: &str) -> Option<&'static Encoding> {
    Encoding::for_label_no_replacement(label.as_bytes())
}

fn decoder_of(encoding: &'static Encoding, keep_bom: bool) -> Decoder {
    match keep_bom {
        true => encoding.new_decoder_without_bom_handling(),
        false => encoding.new_decoder_with_bom_removal(),
    }
}

/// The name of an encoding, or `undefined` when the label is unknown.
pub(super) fn name(label: String) -> Option<String> {
    encoding_of(&label).map(|encoding| encoding.name().to_ascii_lowercase())
}

/// The text of bytes that are all there, or `undefined` when `fatal` and the bytes are malformed.
pub(super) fn decode<'js>(
    ctx: Ctx<'js>,
    label: String,
    bytes: TypedArray<'js, u8>,
    fatal: bool,
    keep_bom: bool,
) -> Result<Option<String>> {
    let encoding = encoding_of(&label).ok_or_else(|| unknown(&ctx))?;
    Ok(run(&mut decoder_of(encoding, keep_bom), &bytes_of(&ctx, &bytes)?, fatal, true))
}

/// A decoder for bytes that come in pieces: `decode(bytes, fatal, keep_bom, last)` answers the text, or `undefined` when
/// `fatal` and the bytes are malformed. After a call with `last` (or a failure) the decoder starts afresh.
pub(super) fn decoder<'js>(ctx: Ctx<'js>, label: String) -> Result<Function<'js>> {
    let encoding = encoding_of(&label).ok_or_else(|| unknown(&ctx))?;
    let mut state = None;
    let decode = move |ctx: Ctx<'js>, bytes: TypedArray<'js, u8>, fatal: bool, keep_bom: bool, last: bool| {
        let bytes = bytes_of(&ctx, &bytes)?;
        let text = run(state.get_or_insert_with(|| decoder_of(encoding, keep_bom)), &bytes, fatal, last);
        if last || text.is_none() {
            state = None;
        }
        Ok::<_, rquickjs::Error>(text)
    };
    Function::new(ctx, MutFn::new(decode))
}

fn unknown(ctx: &Ctx<'_>) -> rquickjs::Error {
    Exception::throw_range(ctx, "no such encoding")
}

fn run(decoder: &mut Decoder, bytes: &[u8], fatal: bool, last: bool) -> Option<String> {
    let room = |decoder: &Decoder| match fatal {
        true => decoder.max_utf8_buffer_length_without_replacement(bytes.len()),
        false => decoder.max_utf8_buffer_length(bytes.len()),
    };
    let mut text = String::with_capacity(room(decoder)?);
    if !fatal {
        let _ = decoder.decode_to_string(bytes, &mut text, last);
        return Some(text);
    }
    match decoder.decode_to_string_without_replacement(bytes, &mut text, last).0 {
        DecoderResult::InputEmpty => Some(text),
        DecoderResult::Malformed(..) | DecoderResult::OutputFull => None,
    }
}

/// Base64 in its four web forms; `undefined` where the input is not acceptable.
pub(super) fn base64<'js>(ctx: Ctx<'js>, op: String, input: Value<'js>) -> Result<Value<'js>> {
    match op.as_str() {
        "print" => STANDARD.encode(bytes_of(&ctx, &TypedArray::from_value(input)?)?).into_js(&ctx),
        "btoa" => latin1_bytes(&String::from_js(&ctx, input)?).map(|bytes| STANDARD.encode(bytes)).into_js(&ctx),
        "atob" => forgiving_decode(&String::from_js(&ctx, input)?)
            .map(|bytes| bytes.into_iter().map(char::from).collect::<String>())
            .into_js(&ctx),
        "parse" => match forgiving_decode(&String::from_js(&ctx, input)?) {
            Some(bytes) => ArrayBuffer::new_copy(ctx, bytes).map(ArrayBuffer::into_value),
            None => Ok(Value::new_undefined(ctx)),
        },
        _ => Err(Exception::throw_type(&ctx, "no such base64 operation")),
    }
}

fn latin1_bytes(text: &str) -> Option<Vec<u8>> {
    text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect()
}

/// The "forgiving-base64 decode" of the Infra standard.
fn forgiving_decode(text: &str) -> Option<Vec<u8>> {
    let mut clean: Vec<u8> = text.bytes().filter(|b| !matches!(b, b'\t' | b'\n' | 0x0c | b'\r' | b' ')).collect();
    if clean.len().is_multiple_of(4) {
        let padding = clean.iter().rev().take(2).take_while(|b| **b == b'=').count();
        clean.truncate(clean.len() - padding);
    }
    if clean.len() % 4 == 1 || clean.contains(&b'=') {
        return None;
    }
    FORGIVING.decode(clean).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forgiving_base64_follows_the_infra_standard() {
        assert_eq!(forgiving_decode(" Zm9v\n"), Some(b"foo".to_vec()));
        assert_eq!(forgiving_decode("Zm8="), Some(b"fo".to_vec()));
        assert_eq!(forgiving_decode("Zm8"), Some(b"fo".to_vec()));
        assert_eq!(forgiving_decode("Zh"), Some(b"f".to_vec()), "stray bits are ignored");
        assert_eq!(forgiving_decode("Zg="), None);
        assert_eq!(forgiving_decode("Z"), None);
        assert_eq!(forgiving_decode("Zm9v="), None);
        assert_eq!(forgiving_decode("Zm-v"), None);
    }

    #[test]
    fn a_streaming_decoder_keeps_a_split_character() {
        let mut decoder = encoding_rs::UTF_8.new_decoder_with_bom_removal();
        assert_eq!(run(&mut decoder, &[0xef, 0xbb, 0xbf, 0xe2, 0x82], true, false).as_deref(), Some(""));
        assert_eq!(run(&mut decoder, &[0xac], true, true).as_deref(), Some("\u{20ac}"));
    }
}
