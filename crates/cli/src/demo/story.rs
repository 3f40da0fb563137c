//! The demonstration as a sequence: deploy, install, one signed webhook, the finished run.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{Person, Record, crm, notion, zoom};
use crate::client::Client;
use crate::commands::{deploy, installations, run};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::source::{self, Files};
use crate::terminal::{Terminal, Tone};
use crate::view::{duration, or_dash, text};

/// The workflow as it stands in the repository, for when the command runs elsewhere.
const WORKFLOW: &str = include_str!("../../../../examples/workflows/acme-meeting-processor/workflow.ts");

/// Where the repository keeps it.
const DIRECTORY: &str = "examples/workflows/acme-meeting-processor";

/// The name of the demonstration's installation.
const INSTALLATION: &str = "ACME demo";

/// How long the run may take; it takes milliseconds.
const RUN_LIMIT: Duration = Duration::from_secs(60);

/// What the demonstration showed.
#[derive(Debug)]
pub struct Story {
    /// The finished run with its journal.
    pub run: Value,
    /// What each service received.
    pub received: Value,
    /// Steps in order, with their durations in microseconds.
    pub timings: Vec<(&'static str, i64)>,
    /// Where the run can be seen by whoever is signed in.
    pub run_url: String,
    /// Who may sign in.
    pub person: Person,
    /// Where that is done; it leads to the run.
    pub sign_in_url: String,
}

/// Tells each step as it is done.
struct Teller {
    terminal: Terminal,
    since: Instant,
    timings: Vec<(&'static str, i64)>,
}

impl Teller {
    fn begin(&mut self) {
        self.since = Instant::now();
    }

    fn done(&mut self, step: &'static str, about: &str) {
        let micros = i64::try_from(self.since.elapsed().as_micros()).unwrap_or(i64::MAX);
        self.timings.push((step, micros));
        if !self.terminal.json {
            let line = format!("  ✓ {step:<18} {:>9}  {about}", duration(micros));
            self.terminal.say(&line);
        }
        self.since = Instant::now();
    }
}

/// Plays it against a running demonstration.
///
/// # Errors
/// A step failed, or the run did not complete.
pub async fn play(terminal: Terminal, client: &Client, record: &Record, data: &Path) -> Result<Story, Failure> {
    let mut teller = Teller { terminal, since: Instant::now(), timings: Vec::new() };
    remove_former(client, data).await?;
    teller.begin();
    let deployed = deploy::send_draft(client, &workflow()?, None).await?;
    teller.done("deployed", &format!("{} {}, {} unmodified", or_dash(&deployed, "name"), or_dash(&deployed, "version"), DIRECTORY));
    let installed = client.post("/api/installations", &installation(&deployed, record)).await?;
    remember(data, or_dash(&installed, "id"));
    teller.done("installed", &format!("{} with connections to Zoom and Notion", text(&installed, "name").unwrap_or(INSTALLATION)));
    let (address, secret) = webhook(&installed)?;
    let sender = Sender::new(address, secret)?;
    sender.validate().await?;
    teller.done("address validated", "Zoom's challenge was answered");
    let run_id = sender.meeting_ended().await?;
    teller.done("webhook accepted", &format!("signed meeting.ended → {run_id}"));
    let ended = run::wait(client, &run_id, RUN_LIMIT).await?;
    teller.done("run ended", or_dash(&ended, "status"));
    let received = fetch_received(&record.received_url).await?;
    let person = Person::read(data).ok_or_else(|| Failure::new(Exit::Failed, "DEMO_FAILED", "the demonstration knows nobody who signs in"))?;
    let page = format!("/app/runs/{run_id}");
    let (run_url, sign_in_url) = (format!("{}{page}", client.url()), person.sign_in_url(client.url(), &page));
    Ok(Story { received, timings: teller.timings, run_url, person, sign_in_url, run: ended })
}

impl Story {
    /// The story as JSON.
    pub fn to_json(&self, url: &str) -> Value {
        let timings: serde_json::Map<String, Value> = self.timings.iter().map(|(step, micros)| (step.replace(' ', "_"), json!(micros))).collect();
        json!({"url": url, "run_url": self.run_url, "sign_in_url": self.sign_in_url, "email": self.person.email, "password": self.person.password, "run_id": self.run["id"], "run": self.run, "received": self.received, "timings_us": timings})
    }

    /// Whether what happened is what had to happen: a completed run, and one request to each service.
    ///
    /// # Errors
    /// Says what is missing.
    pub fn verify(&self) -> Result<(), Failure> {
        run::verdict(&self.run)?;
        for service in ["zoom", "crm", "notion"] {
            let requests = self.received[service].as_array().map_or(&[][..], Vec::as_slice);
            let good = requests.iter().filter(|r| r["status"].as_u64().is_some_and(|s| s < 300)).count();
            if (requests.len(), good) != (1, 1) {
                let what = format!("{service} received {} requests and accepted {good}; it had to be one", requests.len());
                return Err(Failure::new(Exit::Failed, "DEMO_UNEXPECTED", what).fix("See the journal above and demo.log in the data directory."));
            }
        }
        Ok(())
    }

    /// What the services received, one line per request.
    pub fn received_text(&self, terminal: Terminal) -> String {
        let mut lines = vec![terminal.paint(Tone::Strong, "What the services received")];
        for (service, requests) in self.received.as_object().into_iter().flatten() {
            for request in requests.as_array().into_iter().flatten() {
                let body = crate::view::cut(or_dash(request, "body"), 110);
                lines.push(format!("  {service:<7} {:<5} {:<26} {}  {}", or_dash(request, "method"), or_dash(request, "path"), request["status"], terminal.paint(Tone::Faint, &body)));
            }
        }
        lines.join("\n")
    }
}

fn workflow() -> Result<Files, Failure> {
    let directory = Path::new(DIRECTORY);
    if directory.is_dir() {
        return source::read(directory);
    }
    Ok(Files::from([("workflow.ts".to_owned(), WORKFLOW.to_owned())]))
}

fn installation(deployed: &Value, record: &Record) -> Value {
    json!({
        "workflow": deployed["workflow_id"],
        "name": INSTALLATION,
        "config": {"crmEndpoint": crm::ENDPOINT, "crmApiKey": record.crm_key, "notionDatabase": notion::DATABASE},
        "connections": {"zoom": {"access_token": record.zoom_token}, "notion": {"access_token": record.notion_token}},
        "activate": true,
    })
}

/// The address and the secret that the Zoom app would be given.
fn webhook(installed: &Value) -> Result<(String, String), Failure> {
    let found = installed["webhooks"].as_array().into_iter().flatten().find(|w| w["service"] == "zoom");
    let parts = found.and_then(|w| Some((text(w, "url")?.to_owned(), text(w, "signing_secret")?.to_owned())));
    parts.ok_or_else(|| Failure::new(Exit::Failed, "DEMO_UNEXPECTED", "the installation has no webhook address for Zoom").why(installed["webhooks"].to_string()))
}

/// Deletes the installation that a former demonstration made here, and only that one.
async fn remove_former(client: &Client, data: &Path) -> Result<(), Failure> {
    let Ok(former) = std::fs::read_to_string(data.join("demo-installation")) else { return Ok(()) };
    installations::remove_with_connections(client, former.trim()).await
}

fn remember(data: &Path, installation: &str) {
    // Without it, the next demonstration leaves this installation behind: no harm.
    let _ = std::fs::write(data.join("demo-installation"), installation);
}

async fn fetch_received(url: &str) -> Result<Value, Failure> {
    let failed = |why: String| Failure::new(Exit::Failed, "DEMO_FAILED", "the stand-ins do not say what they received").why(why);
    let body = reqwest::get(url).await.map_err(|e| failed(e.to_string()))?.bytes().await.map_err(|e| failed(e.to_string()))?;
    serde_json::from_slice(&body).map_err(|e| failed(e.to_string()))
}

/// Zoom's side of a webhook.
struct Sender {
    address: String,
    secret: String,
    http: reqwest::Client,
}

impl Sender {
    fn new(address: String, secret: String) -> Result<Self, Failure> {
        let http = reqwest::Client::builder().timeout(Duration::from_secs(10)).build();
        let http = http.map_err(|e| Failure::new(Exit::Failed, "HTTP_CLIENT_FAILED", "no HTTP client could be made").why(e.to_string()))?;
        Ok(Self { address, secret, http })
    }

    /// The check that Zoom makes before it accepts an address.
    async fn validate(&self) -> Result<(), Failure> {
        let challenge = "qgg8vlvZRS6UYooatFL8Aw";
        let answer = self.send(&zoom::url_validation(challenge, now_ms()), "demo-validation").await?;
        let expected = json!({"plainToken": challenge, "encryptedToken": zoom::hmac_hex(&self.secret, challenge)});
        if answer == expected {
            return Ok(());
        }
        Err(Failure::new(Exit::Failed, "DEMO_UNEXPECTED", "the answer to Zoom's challenge is wrong").why(answer.to_string()))
    }

    /// The notification itself; the run that it started.
    async fn meeting_ended(&self) -> Result<String, Failure> {
        let now = now_ms();
        let answer = self.send(&zoom::meeting_ended(zoom::MEETING, now), &format!("demo-{now}")).await?;
        text(&answer, "run_id").map(str::to_owned).ok_or_else(|| Failure::new(Exit::Failed, "DEMO_UNEXPECTED", "the webhook started no run").why(answer.to_string()))
    }

    async fn send(&self, message: &Value, request_id: &str) -> Result<Value, Failure> {
        let body = message.to_string();
        let mut request = self.http.post(&self.address).body(body.clone());
        for (name, value) in zoom::signed_headers(&self.secret, now_ms() / 1_000, &body, request_id) {
            request = request.header(name, value);
        }
        let failed = |e: reqwest::Error| Failure::new(Exit::Unavailable, "DEMO_FAILED", "the webhook could not be delivered").why(e.to_string());
        let answer = request.send().await.map_err(failed)?;
        let status = answer.status().as_u16();
        let body = answer.bytes().await.map_err(failed)?;
        if status >= 300 {
            return Err(Failure::from_answer(status, &body));
        }
        serde_json::from_slice(&body).map_err(|e| Failure::new(Exit::Failed, "UNEXPECTED_ANSWER", "the answer to the webhook is not JSON").why(e.to_string()))
    }
}

/// The time as the provider's machine has it: the demonstration plays Zoom's part, which is outside our clock.
#[allow(clippy::disallowed_methods)]
fn now_ms() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
