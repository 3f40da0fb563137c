//! The bad disk: builds the shim, and tells the server's process through a mapped file how its disk behaves.

use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, ensure};

const SOURCE: &str = include_str!("../shim/disk.c");
/// Bytes of `struct orders`: five words and a folder's name.
const SIZE: usize = 20 + 256;

/// The orders for one server process.
#[derive(Debug)]
pub struct Disk {
    file: std::fs::File,
    path: PathBuf,
    shim: PathBuf,
}

impl Disk {
    /// Builds the shim with the system's C compiler; files below `root` will be the bad disk.
    ///
    /// # Errors
    /// No C compiler, or it refused.
    pub fn new(folder: &Path, root: &Path) -> anyhow::Result<Self> {
        let (source, shim, path) = (folder.join("disk.c"), folder.join("disk.so"), folder.join("disk.orders"));
        std::fs::write(&source, SOURCE)?;
        let built = Command::new("cc").args(["-shared", "-fPIC", "-O2", "-o"]).arg(&shim).arg(&source).arg("-ldl").output().context("cc")?;
        ensure!(built.status.success(), "cc: {}", String::from_utf8_lossy(&built.stderr));
        let mut orders = vec![0; SIZE];
        let name = root.to_str().context("a folder's name that is text")?.as_bytes();
        ensure!(name.len() < 255, "the folder's name is too long");
        orders[20..20 + name.len()].copy_from_slice(name);
        std::fs::write(&path, &orders)?;
        let file = std::fs::File::options().read(true).write(true).open(&path)?;
        Ok(Self { file, path, shim })
    }

    /// What the server's process needs in its environment.
    pub fn env(&self) -> Vec<(String, String)> {
        vec![("LD_PRELOAD".into(), self.shim.display().to_string()), ("MILLRACE_FAULTS_DISK".into(), self.path.display().to_string())]
    }

    /// The file of the shim, to look for it in other processes.
    pub fn shim(&self) -> &Path {
        &self.shim
    }

    fn put(&mut self, at: u64, value: u32) -> anyhow::Result<()> {
        self.file.seek(SeekFrom::Start(at))?;
        self.file.write_all(&value.to_ne_bytes())?;
        Ok(())
    }

    fn take(&mut self, at: u64) -> anyhow::Result<u32> {
        let mut word = [0; 4];
        self.file.seek(SeekFrom::Start(at))?;
        self.file.read_exact(&mut word)?;
        Ok(u32::from_ne_bytes(word))
    }

    /// From now on writes answer this error (`libc::ENOSPC`, `libc::EIO`); 0: they work.
    ///
    /// # Errors
    /// The orders cannot be written.
    pub fn writes(&mut self, errno: i32) -> anyhow::Result<()> {
        self.put(0, u32::try_from(errno)?)
    }

    /// From now on fsync answers this error; 0: it works.
    ///
    /// # Errors
    /// The orders cannot be written.
    pub fn syncs(&mut self, errno: i32) -> anyhow::Result<()> {
        self.put(4, u32::try_from(errno)?)
    }

    /// From now on every fsync takes this much longer.
    ///
    /// # Errors
    /// The orders cannot be written.
    pub fn slow(&mut self, delay: Duration) -> anyhow::Result<()> {
        self.put(8, u32::try_from(delay.as_micros())?)
    }

    /// Everything works again.
    ///
    /// # Errors
    /// The orders cannot be written.
    pub fn heal(&mut self) -> anyhow::Result<()> {
        self.writes(0)?;
        self.syncs(0)?;
        self.slow(Duration::ZERO)
    }

    /// How many calls were refused, and how many delayed.
    ///
    /// # Errors
    /// The orders cannot be read.
    pub fn counts(&mut self) -> anyhow::Result<(u32, u32)> {
        Ok((self.take(12)?, self.take(16)?))
    }
}
