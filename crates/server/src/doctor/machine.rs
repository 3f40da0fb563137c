//! The machine: walls around untrusted code, limits, disk, addresses, files.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use super::limits::{DISK_FAILURE, DISK_WARNING, FSYNC_SAMPLES, FSYNC_WARNING, OPEN_FILES};
use super::{Level, Report};
use crate::config::Config;
use crate::serve::sandbox;

pub(super) async fn examine(config: &Config, report: &mut Report) {
    walls(config, report).await;
    open_files(report);
    let here = existing(&config.data_dir);
    disk(&here, report);
    flush(&here, report);
    files(&config.data_dir, report);
    port(config, report).await;
    public_address(config, report).await;
}

async fn walls(config: &Config, report: &mut Report) {
    const FIX: &str = "Use a kernel with Landlock (5.13 or newer) and seccomp, and let the container allow both.";
    match sandbox::start(&config.sandbox, false).await {
        Ok(found) => {
            for warning in &found.warnings {
                report.add("sandbox", Level::Warning, warning, FIX);
            }
            if found.warnings.is_empty() {
                report.good("sandbox", format!("{}: {}", config.sandbox.word(), found.walls.join(", ")));
            }
            found.pool.shutdown().await;
        }
        Err(error) => report.add("sandbox", Level::Failure, error.to_string(), FIX),
    }
}

#[allow(unsafe_code)]
fn open_files(report: &mut Report) {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: the call only writes the struct that it is given.
    let known = unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit) } == 0;
    let level = if known && limit.rlim_max < OPEN_FILES { Level::Warning } else { Level::Ok };
    report.add("open_files", level, format!("up to {} files may be open", limit.rlim_max), "Raise the hard limit: LimitNOFILE= of a systemd unit, --ulimit nofile of a container.");
}

/// The folder itself, or the nearest one above it that exists.
fn existing(path: &Path) -> std::path::PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    absolute.ancestors().find(|p| p.is_dir()).unwrap_or(Path::new("/")).to_owned()
}

#[allow(unsafe_code)]
fn disk(path: &Path, report: &mut Report) {
    use std::os::unix::ffi::OsStrExt as _;
    let Ok(name) = std::ffi::CString::new(path.as_os_str().as_bytes()) else { return };
    let mut found = std::mem::MaybeUninit::<libc::statvfs>::zeroed();
    // SAFETY: the name ends with a NUL, the struct is ours and zeroed, and read only after the call said that it was filled.
    let found = unsafe {
        if libc::statvfs(name.as_ptr(), found.as_mut_ptr()) != 0 {
            report.add("disk", Level::Warning, format!("the free space of {} cannot be read", path.display()), "Check the file system.");
            return;
        }
        found.assume_init()
    };
    let (free, all) = (found.f_bavail * found.f_frsize, found.f_blocks * found.f_frsize);
    let level = if free < DISK_FAILURE { Level::Failure } else if free < DISK_WARNING { Level::Warning } else { Level::Ok };
    report.add("disk", level, format!("{} of {} MB are free at {}", free >> 20, all >> 20, path.display()), "Free space or give the data folder a larger disk; MILLRACE_RETENTION_DAYS says how long finished runs stay.");
}

fn flush(path: &Path, report: &mut Report) {
    match measure(path) {
        Ok(times) => {
            let median = times[times.len() / 2];
            let level = if median > FSYNC_WARNING { Level::Warning } else { Level::Ok };
            report.add("fsync", level, format!("a flush to disk takes {:.2} ms (median of {})", median.as_secs_f64() * 1e3, times.len()), "Every step of a run waits for one flush. Use a local SSD, not a network file system.");
        }
        Err(error) => report.add("fsync", Level::Failure, format!("{} cannot be written: {error}", path.display()), "Give the user of the server the right to write there."),
    }
}

fn measure(path: &Path) -> std::io::Result<Vec<Duration>> {
    let name = path.join(format!(".millrace-doctor-{}", std::process::id()));
    let result = (|| {
        let mut file = fs::File::create(&name)?;
        let mut times = Vec::with_capacity(FSYNC_SAMPLES);
        for _ in 0..FSYNC_SAMPLES {
            let started = Instant::now();
            file.write_all(&[0; 4096])?;
            file.sync_data()?;
            times.push(started.elapsed());
        }
        times.sort_unstable();
        Ok(times)
    })();
    let _ = fs::remove_file(&name);
    result
}

fn files(dir: &Path, report: &mut Report) {
    let mut open = Vec::new();
    for (name, mask) in [("", 0o077), ("master.key", 0o077), ("bootstrap.json", 0o077), ("millrace.db", 0o007)] {
        let path = if name.is_empty() { dir.to_owned() } else { dir.join(name) };
        if let Ok(found) = fs::metadata(&path)
            && found.permissions().mode() & mask != 0
        {
            open.push(format!("{} (mode {:o})", path.display(), found.permissions().mode() & 0o777));
        }
    }
    if open.is_empty() {
        report.good("permissions", format!("{} is closed to other users", dir.display()));
    } else {
        report.add("permissions", Level::Warning, format!("other users may read {}", open.join(", ")), "chmod 700 the data folder and chmod 600 the files in it: they hold keys.");
    }
}

async fn port(config: &Config, report: &mut Report) {
    let address = config.listen.address;
    match tokio::net::TcpListener::bind(address).await {
        Ok(_) => report.good("port", format!("{address} is free")),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
            report.add("port", Level::Note, format!("{address} is in use"), "If that is not this server, choose another port with --listen.");
        }
        Err(error) => report.add("port", Level::Failure, format!("{address} cannot be had: {error}"), "Choose an address of this machine with --listen."),
    }
}

async fn public_address(config: &Config, report: &mut Report) {
    let Some(url) = &config.listen.public_url else {
        report.add("public_url", Level::Note, "MILLRACE_PUBLIC_URL is not set: webhook addresses name this machine's own port", "Set it before providers outside shall reach this server.");
        return;
    };
    if url.scheme() != "https" {
        report.add("public_url", Level::Warning, format!("{url} is not https"), "Put a proxy with a certificate in front and name its address.");
    }
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
    match tokio::time::timeout(Duration::from_secs(5), tokio::net::lookup_host((host.as_str(), 443))).await {
        Ok(Ok(found)) => report.good("dns", format!("{host} resolves to {}", found.map(|a| a.ip().to_string()).collect::<Vec<_>>().join(", "))),
        Ok(Err(error)) => report.add("dns", Level::Failure, format!("{host} does not resolve: {error}"), "Make a DNS record for the public address, or correct MILLRACE_PUBLIC_URL."),
        Err(_) => report.add("dns", Level::Failure, format!("{host} was not resolved within 5 s"), "Check the machine's resolver (/etc/resolv.conf)."),
    }
}
