//! The verifier: reads an export once, from front to back, and names the first line that is wrong.

use std::io::{BufRead, Read as _};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::export::{FORMAT, HeaderLine, RowLine, TRAILER_DOMAIN, TrailerLine, VERSION};
use crate::key::{fingerprint, verifies};
use crate::text::sha256;
use crate::{Fault, Hash, Header, Place, VerifyError, genesis};

/// Bytes of a line: a row has at most 8 KiB of metadata and some short texts; far above that nothing is an export.
const LINE: u64 = 1 << 20;
/// Erased values that a report lists; the number is complete.
const LISTED: usize = 1_000;

/// Personal values of a row that were erased.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Erased {
    /// The row.
    pub seq: u64,
    /// The names of the values.
    pub fields: Vec<String>,
}

/// What a good export proves.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// Whose log it is.
    pub tenant: String,
    /// The first row.
    pub first: u64,
    /// The last row; one less than `first` if there is none.
    pub last: u64,
    /// How many rows there are.
    pub rows: u64,
    /// When it was exported, RFC 3339.
    pub exported_at: String,
    /// The fingerprint of the key that signed it.
    pub key: String,
    /// Whether that is the key that was asked for. Otherwise the signature proves only that the file is as its maker left
    /// it: compare the fingerprint with one that you got another way.
    pub pinned: bool,
    /// Whether it begins with the chain's first row.
    pub from_the_beginning: bool,
    /// When older rows were dropped: the last of them, whose hash a signed head fixes.
    pub dropped_until: Option<u64>,
    /// How many rows have personal values that were erased.
    pub rows_erased: u64,
    /// The first thousand of them.
    pub erased: Vec<Erased>,
}

/// Verifies an export. With `pin`, the key of this fingerprint must have signed it.
///
/// # Errors
/// [`Fault`] names the first wrong line; or the file cannot be read.
pub fn verify(mut from: impl BufRead, pin: Option<&str>) -> Result<Report, VerifyError> {
    let mut lines = Lines { from: &mut from, number: 0 };
    let (mut verifier, mut report) = match lines.next()? {
        None => return Err(fault(1, Place::Header, "the file is empty").into()),
        Some(line) => Verifier::begin(&line, pin).map_err(|reason| fault(1, Place::Header, reason))?,
    };
    loop {
        let seq = verifier.next;
        let Some(line) = lines.next()? else {
            return Err(fault(lines.number + 1, Place::Trailer, "it is missing: the export was cut off").into());
        };
        let last = lines.at_end()?;
        let is_row = line.bytes.starts_with(b"{\"row\":") || (!last && !line.bytes.starts_with(b"{\"trailer\":"));
        if is_row {
            let erased = verifier.row(&line).map_err(|reason| fault(lines.number, Place::Row { seq }, reason))?;
            note_erased(&mut report, seq, erased);
            continue;
        }
        report.key = verifier.trailer(&line, pin).map_err(|reason| fault(lines.number, Place::Trailer, reason))?;
        if !last {
            return Err(fault(lines.number + 1, Place::Trailer, "something follows the trailer").into());
        }
        report.last = seq - 1;
        report.rows = seq - report.first;
        return Ok(report);
    }
}

fn fault(line: u64, place: Place, reason: impl Into<String>) -> Fault {
    Fault { line, place, reason: reason.into() }
}

fn note_erased(report: &mut Report, seq: u64, fields: Vec<String>) {
    if fields.is_empty() {
        return;
    }
    report.rows_erased += 1;
    if report.erased.len() < LISTED {
        report.erased.push(Erased { seq, fields });
    }
}

/// One line without its line feed.
struct Line {
    bytes: Vec<u8>,
    ended: bool,
}

impl Line {
    /// Reads a line that must be spelled exactly as an export spells it.
    fn parse<T: DeserializeOwned + Serialize>(&self) -> Result<T, String> {
        if !self.ended {
            return Err("the line is cut off".to_owned());
        }
        let text = std::str::from_utf8(&self.bytes).map_err(|_| "it is not text")?;
        let value: T = serde_json::from_str(text).map_err(|e| format!("it is not what an export writes: {e}"))?;
        match serde_json::to_string(&value) {
            Ok(again) if again == text => Ok(value),
            _ => Err("it is spelled otherwise than an export spells it".to_owned()),
        }
    }
}

struct Lines<'a, R> {
    from: &'a mut R,
    number: u64,
}

impl<R: BufRead> Lines<'_, R> {
    fn next(&mut self) -> std::io::Result<Option<Line>> {
        let mut bytes = Vec::new();
        if self.from.by_ref().take(LINE).read_until(b'\n', &mut bytes)? == 0 {
            return Ok(None);
        }
        self.number += 1;
        let ended = bytes.last() == Some(&b'\n');
        if ended {
            bytes.pop();
        }
        Ok(Some(Line { bytes, ended }))
    }

    fn at_end(&mut self) -> std::io::Result<bool> {
        Ok(self.from.fill_buf()?.is_empty())
    }
}

/// What is known after the lines so far.
struct Verifier {
    header: Header,
    header_hash: String,
    next: u64,
    hash: Hash,
}

impl Verifier {
    fn begin(line: &Line, pin: Option<&str>) -> Result<(Self, Report), String> {
        let HeaderLine { header, check } = line.parse()?;
        if header.format != FORMAT || header.version != VERSION {
            return Err(format!("this is {} {}, not {FORMAT} {VERSION}", header.format, header.version));
        }
        let text = serde_json::to_string(&header).map_err(|e| e.to_string())?;
        if sha256(text.as_bytes()) != check {
            return Err("it was changed: its check does not fit".to_owned());
        }
        check_start(&header)?;
        for key in &header.keys {
            if hex::decode(&key.public_key).map(|bytes| fingerprint(&bytes)).as_deref() != Ok(key.fingerprint.as_str()) {
                return Err(format!("key {} is not the one of that fingerprint", key.fingerprint));
            }
        }
        let report = Report {
            tenant: header.tenant.clone(),
            first: header.first,
            last: 0,
            rows: 0,
            exported_at: header.exported_at.to_string(),
            key: String::new(),
            pinned: pin.is_some(),
            from_the_beginning: header.first == 1,
            dropped_until: header.start.as_ref().map(|start| start.head.seq),
            rows_erased: 0,
            erased: Vec::new(),
        };
        let verifier = Self { next: header.first, hash: header.previous, header_hash: sha256(&line.bytes), header };
        Ok((verifier, report))
    }

    fn row(&mut self, line: &Line) -> Result<Vec<String>, String> {
        let RowLine { row, hash } = line.parse()?;
        if row.seq != self.next {
            return Err(format!("row {} stands where row {} belongs: rows are missing or out of order", row.seq, self.next));
        }
        if let Some((name, _)) = row.personal.iter().find(|(name, personal)| !personal.holds(name)) {
            return Err(format!("its personal value `{name}` is not the one that was recorded"));
        }
        let found = row.hash(&self.header.tenant, &self.hash);
        if hash != hex::encode(found) {
            return Err("its hash does not fit: it, or a row before it, is not as it was recorded".to_owned());
        }
        self.hash = found;
        self.next += 1;
        Ok(row.erased())
    }

    fn trailer(&self, line: &Line, pin: Option<&str>) -> Result<String, String> {
        let TrailerLine { trailer, signature } = line.parse()?;
        let key = self.header.keys.iter().find(|key| key.fingerprint == trailer.key).ok_or("its key is not in the header")?;
        if let Some(pin) = pin
            && pin != trailer.key
        {
            return Err(format!("it was signed by key {}, not by {pin}", trailer.key));
        }
        let text = serde_json::to_string(&trailer).map_err(|e| e.to_string())?;
        if !verifies(&key.public_key, TRAILER_DOMAIN, &text, &signature) {
            return Err("its signature is wrong".to_owned());
        }
        if trailer.header != self.header_hash || trailer.tenant != self.header.tenant || trailer.first != self.header.first {
            return Err("it belongs to another header".to_owned());
        }
        if trailer.rows != self.next - self.header.first || trailer.last != self.next - 1 {
            return Err(format!("it speaks of {} rows up to {}, there are {} up to {}", trailer.rows, trailer.last, self.next - self.header.first, self.next - 1));
        }
        if trailer.hash != self.hash {
            return Err("the last row is not the one that was signed".to_owned());
        }
        Ok(trailer.key)
    }
}

/// Where the chain begins: at its own beginning, at a signed head, or in the middle.
fn check_start(header: &Header) -> Result<(), String> {
    if header.first == 0 {
        return Err("rows are counted from 1".to_owned());
    }
    if header.first == 1 && header.previous != genesis(&header.tenant) {
        return Err("the hash before the first row is not that of an empty log".to_owned());
    }
    let Some(start) = &header.start else { return Ok(()) };
    let key = header.keys.iter().find(|key| key.fingerprint == start.head.key).ok_or("the key of its starting head is not in it")?;
    if !start.verifies(&key.public_key) {
        return Err("the signature of its starting head is wrong".to_owned());
    }
    let fits = start.head.tenant == header.tenant && start.head.seq + 1 == header.first && start.head.hash == header.previous;
    if fits { Ok(()) } else { Err("its starting head is not the row before its first".to_owned()) }
}
