//! People who sign in: passwords at their real cost, and refresh tokens.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use serde_json::{Value, json};

use super::Setting;
use crate::http::{Connection, api, open};
use crate::load::{CONNECTIONS, Client, ask_all};
use crate::report::{Latencies, note};
use crate::server::Server;

const OPEN: &[(&str, &str)] = &[("MILLRACE_AUTH_EMAIL_VERIFICATION", "off")];

/// Nothing of it is in a list of common passwords, and it is the only secret here.
const PASSWORD: &str = "quarry lantern 52 walnut heron";

/// Somebody with a password.
struct Person {
    credentials: Vec<u8>,
}

impl Client for Person {
    async fn ask(&mut self, connection: &mut Connection) -> anyhow::Result<()> {
        let (status, answer) = connection.send("POST", "/api/v1/auth/login", "", &self.credentials).await?;
        anyhow::ensure!(status == 200, "{status}: {}", String::from_utf8_lossy(&answer));
        Ok(())
    }
}

/// A program that holds a refresh token: each answer has the next one.
struct Holder {
    token: String,
}

impl Client for Holder {
    async fn ask(&mut self, connection: &mut Connection) -> anyhow::Result<()> {
        let body = json!({ "refresh_token": self.token }).to_string();
        let (status, answer) = connection.send("POST", "/api/v1/auth/refresh", "", body.as_bytes()).await?;
        anyhow::ensure!(status == 200, "{status}: {}", String::from_utf8_lossy(&answer));
        let answer: Value = serde_json::from_slice(&answer)?;
        self.token = text(&answer, "refresh_token")?;
        Ok(())
    }
}

pub async fn measure(setting: &Setting) -> anyhow::Result<()> {
    let (name, time) = (setting.name(), Duration::from_secs(setting.seconds));
    let server = Server::start_with(&setting.binary, &setting.database, OPEN).await?;
    let (mut people, mut holders) = (Vec::new(), Vec::new());
    for n in 0..CONNECTIONS {
        let credentials = json!({ "email": format!("person-{n}@example.com"), "password": PASSWORD });
        let signed_up = api(server.address, "", "POST", "/api/v1/auth/signup", &credentials).await?;
        holders.push(Holder { token: device(server.address, &text(&signed_up, "access_token")?).await? });
        people.push(Person { credentials: credentials.to_string().into_bytes() });
    }
    let (_, people) = ask_all(server.address, people, Duration::from_secs(1)).await?;
    let (cpu, began) = (server.cpu(), Instant::now());
    let (sign_ins, _) = ask_all(server.address, people, time).await?;
    told(&format!("sign-ins with a password, {name}"), &sign_ins, began.elapsed(), server.cpu() - cpu);
    let (cpu, began) = (server.cpu(), Instant::now());
    let (refreshes, _) = ask_all(server.address, holders, time).await?;
    told(&format!("refreshes, {name}"), &refreshes, began.elapsed(), server.cpu() - cpu);
    note("");
    Ok(())
}

/// Signs a program in, as its person allows; answers its refresh token, which a browser's sign-in keeps in a cookie.
async fn device(address: SocketAddr, access_token: &str) -> anyhow::Result<String> {
    let asked = api(address, "", "POST", "/api/v1/auth/device", &json!({ "client_name": "bench" })).await?;
    let decision = json!({ "user_code": asked["user_code"], "approve": true });
    api(address, access_token, "POST", "/api/v1/auth/device/approve", &decision).await?;
    let body = json!({ "device_code": asked["device_code"] }).to_string();
    let (status, answer) = open(address).await?.send("POST", "/api/v1/auth/device/token", "", body.as_bytes()).await?;
    anyhow::ensure!(status == 200, "{status}: {}", String::from_utf8_lossy(&answer));
    text(&serde_json::from_slice(&answer)?, "refresh_token")
}

fn text(answer: &Value, member: &str) -> anyhow::Result<String> {
    answer[member].as_str().map(str::to_owned).with_context(|| format!("no {member}: {answer}"))
}

/// There is no goal: an expensive password hash is the purpose.
fn told(what: &str, latencies: &Latencies, elapsed: Duration, cpu: Duration) {
    let (n, elapsed) = (latencies.len() as f64, elapsed.as_secs_f64());
    note(&format!(
        "{what}, {CONNECTIONS} connections: {:.0}/s, p50 {:.2} ms, p99 {:.2} ms, {:.3} ms of CPU each",
        n / elapsed,
        latencies.ms(0.5),
        latencies.ms(0.99),
        cpu.as_secs_f64() * 1000.0 / n
    ));
}
