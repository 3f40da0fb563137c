//! A real SMTP server: `smtp-server` of the npm registry, in a process of its own.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use serde_json::{Value, json};

use super::super::smtp::Smtp;
use crate::config::{Config, ServeOptions};

/// A running server; it ends with the test.
pub struct Peer {
    child: Child,
    port: u16,
    tls: &'static str,
    signs_in: bool,
    folder: tempfile::TempDir,
    taken: Arc<Mutex<Vec<Value>>>,
}

pub const USER: &str = "mailer@example.com";
pub const PASSWORD: &str = "p@ss:word/ä";

impl Peer {
    /// `tls` is `none`, `starttls` or `tls`; with `signs_in` nobody may send without the password.
    pub async fn start(tls: &'static str, signs_in: bool) -> Self {
        tokio::task::spawn_blocking(move || Self::start_now(tls, signs_in)).await.unwrap()
    }

    fn start_now(tls: &'static str, signs_in: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut authority = CertificateParams::new(Vec::new()).unwrap();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let leaf = CertificateParams::new(vec!["localhost".to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
        std::fs::write(folder.path().join("ca.pem"), issuer.pem()).unwrap();
        let mut options = json!({"tls": tls, "key": key.serialize_pem(), "cert": leaf.pem()});
        if signs_in {
            options["user"] = USER.into();
            options["password"] = PASSWORD.into();
        }
        let peers = concat!(env!("CARGO_MANIFEST_DIR"), "/../cli/tests/peers");
        assert!(std::path::Path::new(peers).join("node_modules").is_dir(), "run scripts/peers.sh once: it installs the mail server of the tests");
        let mut command = Command::new("node");
        command.arg("smtp.mjs").arg(options.to_string()).current_dir(peers).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("node is there: the tests talk to a mail server written for it");
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let first: Value = serde_json::from_str(&lines.next().expect("it says its port").unwrap()).unwrap();
        let taken: Arc<Mutex<Vec<Value>>> = Arc::default();
        let mails = taken.clone();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                mails.lock().push(serde_json::from_str(&line).unwrap());
            }
        });
        Self { child, port: u16::try_from(first["port"].as_u64().unwrap()).unwrap(), tls, signs_in, folder, taken }
    }

    /// The configuration of a server that uses it.
    pub fn config(&self, more: &[(&str, &str)]) -> Config {
        let scheme = if self.tls == "tls" { "smtps" } else { "smtp" };
        let mut env = vec![
            ("MILLRACE_MAIL_URL", format!("{scheme}://localhost:{}", self.port)),
            ("MILLRACE_MAIL_FROM", "Müller & Co <no-reply@mail.example>".to_owned()),
            ("MILLRACE_MAIL_TLS", self.tls.to_owned()),
            ("MILLRACE_MAIL_TIMEOUT_S", "5".to_owned()),
            ("MILLRACE_EXTRA_CA", self.folder.path().join("ca.pem").display().to_string()),
        ];
        if self.signs_in {
            env.push(("MILLRACE_MAIL_USER", USER.to_owned()));
            env.push(("MILLRACE_MAIL_PASSWORD", PASSWORD.to_owned()));
        }
        env.retain(|(name, _)| !more.iter().any(|(own, _)| own == name));
        env.extend(more.iter().map(|(name, value)| (*name, (*value).to_owned())));
        Config::from_parts(&ServeOptions::default(), |name| env.iter().find(|(own, _)| *own == name).map(|(_, value)| value.clone())).unwrap()
    }

    /// A client of it.
    pub fn smtp(&self) -> Smtp {
        Smtp::new(&self.config(&[])).unwrap().unwrap()
    }

    /// The mails it took, once there are `count`.
    pub async fn taken(&self, count: usize) -> Vec<Value> {
        let began = Instant::now();
        loop {
            let taken = self.taken.lock().clone();
            if taken.len() >= count {
                return taken;
            }
            assert!(began.elapsed() < Duration::from_secs(20), "{} of {count} mails arrived", taken.len());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
