//! The file itself: a tar archive compressed with zstd. It gets its name when everything is on disk, and is read without
//! ever using a name in it as a path.

use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Read};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use millrace_engine::carry::StoredPayload;

use super::error::failed;
use super::limits::{ENTRY_BYTES, LEVEL, WINDOW_LOG};
use super::manifest::{FORMAT, Header, Manifest};
use super::CopyError;

const HEADER: &str = "millrace-backup.json";
const MANIFEST: &str = "manifest.json";

/// One thing in a backup.
pub(super) enum Item {
    Header(Header),
    /// Rows of a table: the names of the columns, then one row in a line.
    Rows { table: String, text: String },
    Payload(StoredPayload, Vec<u8>),
    Key(String, Vec<u8>),
    Manifest(Box<Manifest>),
}

/// A backup being written. Without [`Writer::finish`] nothing is left of it.
pub(super) struct Writer {
    tar: Option<tar::Builder<zstd::Encoder<'static, BufWriter<File>>>>,
    part: PathBuf,
    target: PathBuf,
}

impl Writer {
    /// Begins a file that will have the name `target`.
    pub(super) fn create(target: &Path) -> Result<Self, CopyError> {
        if target.exists() {
            return Err(exists(target));
        }
        let mut name = target.file_name().unwrap_or_default().to_os_string();
        name.push(format!(".{}.part", std::process::id()));
        let part = target.with_file_name(name);
        let at = |e: io::Error| failed("COPY_FAILED", format!("{}: {e}", part.display()));
        // Sealed secrets and everything that runs have seen: for its owner only.
        let file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&part).map_err(at)?;
        let mut packer = zstd::Encoder::new(BufWriter::new(file), LEVEL).map_err(at)?;
        packer.include_checksum(true).map_err(at)?;
        Ok(Self { tar: Some(tar::Builder::new(packer)), part, target: target.to_owned() })
    }

    fn add(&mut self, name: &str, bytes: &[u8]) -> Result<(), CopyError> {
        let mut header = tar::Header::new_ustar();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o600);
        header.set_entry_type(tar::EntryType::Regular);
        let Some(tar) = &mut self.tar else { return Ok(()) };
        tar.append_data(&mut header, name, bytes).map_err(|e| failed("COPY_FAILED", format!("{}: {e}", self.part.display())))
    }

    pub(super) fn header(&mut self, header: &Header) -> Result<(), CopyError> {
        self.add(HEADER, &serde_json::to_vec_pretty(header).map_err(io::Error::other)?)
    }

    pub(super) fn rows(&mut self, table: &str, piece: usize, text: &str) -> Result<(), CopyError> {
        self.add(&format!("tables/{table}/{piece:08}.jsonl"), text.as_bytes())
    }

    pub(super) fn payload(&mut self, payload: &StoredPayload, bytes: &[u8]) -> Result<(), CopyError> {
        self.add(&format!("payloads/{}", payload.name()), bytes)
    }

    pub(super) fn key(&mut self, name: &str, bytes: &[u8]) -> Result<(), CopyError> {
        self.add(&format!("keys/{name}"), bytes)
    }

    /// Writes the manifest, brings everything to disk, and gives the file its name. Answers its size.
    pub(super) fn finish(mut self, manifest: &Manifest) -> Result<u64, CopyError> {
        self.add(MANIFEST, &serde_json::to_vec_pretty(manifest).map_err(io::Error::other)?)?;
        let Some(tar) = self.tar.take() else { return Ok(0) };
        let file = tar.into_inner()?.finish()?.into_inner().map_err(|e| e.into_error())?;
        file.sync_all()?;
        let size = file.metadata()?.len();
        // Fails if somebody took the name meanwhile, where a rename would replace their file.
        match fs::hard_link(&self.part, &self.target) {
            Ok(()) => {}
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => return Err(exists(&self.target)),
            // A file system without links.
            Err(_) => fs::rename(&self.part, &self.target)?,
        }
        let folder = self.target.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder)?.sync_all()?;
        Ok(size)
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.part);
    }
}

fn exists(target: &Path) -> CopyError {
    failed("BACKUP_EXISTS", format!("{} exists already", target.display())).fix("Choose another name, or name a directory to get a new file in it.")
}

fn damaged(path: &Path, why: impl std::fmt::Display) -> CopyError {
    failed("BACKUP_DAMAGED", format!("{}: {why}", path.display())).fix("Take another backup, or fetch the file again: it is not whole.")
}

/// Reads a backup from its beginning, one item after another.
pub(super) fn read(path: &Path, mut each: impl FnMut(Item) -> Result<(), CopyError>) -> Result<(), CopyError> {
    let file = File::open(path).map_err(|e| failed("BACKUP_UNREADABLE", format!("{}: {e}", path.display())))?;
    let mut packed = zstd::Decoder::new(BufReader::new(file)).map_err(|e| damaged(path, e))?;
    packed.window_log_max(WINDOW_LOG).map_err(|e| damaged(path, e))?;
    let mut archive = tar::Archive::new(packed);
    let mut begun = false;
    for entry in archive.entries().map_err(|e| damaged(path, e))? {
        let item = item(entry.map_err(|e| damaged(path, e))?).map_err(|e| damaged(path, e))?;
        if begun == matches!(item, Item::Header(_)) {
            return Err(damaged(path, "it does not begin as a backup of Millrace does"));
        }
        begun = true;
        if let Item::Header(header) = &item
            && header.format > FORMAT
        {
            return Err(failed("BACKUP_TOO_NEW", format!("{} has format {}, this version reads {FORMAT}", path.display(), header.format)).fix("Use the version of Millrace that made it, or a newer one."));
        }
        each(item)?;
    }
    if begun { Ok(()) } else { Err(damaged(path, "it is empty")) }
}

/// Only plain files of a known kind are read; their names choose what they are and never where they go.
fn item<R: Read>(mut entry: tar::Entry<'_, R>) -> Result<Item, String> {
    let name = entry.path_bytes();
    let name = String::from_utf8(name.into_owned()).map_err(|_| "an entry has a name that is no text")?;
    if entry.header().entry_type() != tar::EntryType::Regular {
        return Err(format!("the entry {name:?} is not a plain file"));
    }
    if entry.size() > ENTRY_BYTES {
        return Err(format!("the entry {name:?} has {} bytes; at most {ENTRY_BYTES} make sense", entry.size()));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(entry.size().min(1 << 20)).unwrap_or(0));
    entry.read_to_end(&mut bytes).map_err(|e| e.to_string())?;
    let json = |e: serde_json::Error| format!("{name}: {e}");
    let parts: Vec<&str> = name.split('/').collect();
    match parts[..] {
        [HEADER] => Ok(Item::Header(serde_json::from_slice(&bytes).map_err(json)?)),
        [MANIFEST] => Ok(Item::Manifest(Box::new(serde_json::from_slice(&bytes).map_err(json)?))),
        ["tables", table, _] => Ok(Item::Rows { table: table.to_owned(), text: String::from_utf8(bytes).map_err(|_| format!("{name} is no text"))? }),
        ["payloads", _, _, _] => {
            let payload = StoredPayload::parse(&name["payloads/".len()..]).ok_or(format!("{name:?} names no payload"))?;
            Ok(Item::Payload(payload, bytes))
        }
        ["keys", key @ ("master.key" | "bootstrap.json")] => Ok(Item::Key(key.to_owned(), bytes)),
        _ => Err(format!("the entry {name:?} belongs in no backup")),
    }
}
