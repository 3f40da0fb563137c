//! People: from nothing to a workspace, invitations, and the command line as the person who signed in.

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Stdio;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::harness::people::{PASSWORD, open, owner, post, sign_up, token};
use crate::harness::{Database, LONG, Output, Server, binary, both, eventually};

const FAILING: &str = include_str!("workflows/failing.ts");
/// A person's machine: commands without a key, and a configuration folder of its own.
struct Machine {
    home: tempfile::TempDir,
    url: String,
}

impl Machine {
    fn of(server: &Server) -> Self {
        Self { home: tempfile::tempdir().unwrap(), url: server.url() }
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(binary());
        command.current_dir(self.home.path()).args(args).env("NO_COLOR", "1").env("XDG_CONFIG_HOME", self.home.path());
        command.env_remove("MILLRACE_URL").env_remove("MILLRACE_API_KEY").kill_on_drop(true);
        command
    }

    fn start(&self, args: &[&str]) -> Child {
        self.command(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    async fn run_with(&self, args: &[&str], stdin: &str) -> Output {
        let mut child = self.start(args);
        let mut pipe = child.stdin.take().unwrap();
        // A command that reads nothing may have ended already.
        let _ = pipe.write_all(stdin.as_bytes()).await;
        drop(pipe);
        done(child).await
    }

    async fn run(&self, args: &[&str]) -> Output {
        self.run_with(args, "").await
    }

    async fn json(&self, args: &[&str]) -> Value {
        let all: Vec<&str> = args.iter().copied().chain(["--json"]).collect();
        self.run(&all).await.json()
    }

    async fn login(&self, email: &str) -> Value {
        self.run_with(&["login", "--url", &self.url, "--email", email, "--json"], &format!("{PASSWORD}\n")).await.json()
    }

    fn logins(&self) -> Vec<PathBuf> {
        let Ok(found) = std::fs::read_dir(self.home.path().join("millrace/logins")) else { return Vec::new() };
        found.map(|entry| entry.unwrap().path()).filter(|path| path.extension().is_some_and(|e| e == "json")).collect()
    }

    fn kept(&self) -> Value {
        serde_json::from_slice(&std::fs::read(&self.logins()[0]).unwrap()).unwrap()
    }
}

async fn done(child: Child) -> Output {
    let done = tokio::time::timeout(LONG, child.wait_with_output()).await.expect("the command ends").unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Output { code: done.status.code().unwrap_or(-1), stdout: text(done.stdout), stderr: text(done.stderr) }
}

both! {
    async fn from_nothing_to_a_run_and_nobody_else_sees_it(db: Database) {
        let mut server = open(db).start().await;
        let ada = owner(&server, "ada@example.com", "acme").await;
        let bob = owner(&server, "bob@example.com", "globex").await;
        server.use_key(&ada);
        let installed = server.install(FAILING, json!({}), json!({})).await;
        let run = server.trigger(&installed, json!({"fail": false})).await;
        server.completed(&run).await;
        let workflow = installed["workflow_id"].as_str().map_or_else(String::new, str::to_owned);
        assert_eq!(server.ok("GET", "/api/runs", None).await["data"][0]["id"], json!(run));

        let of_ada = [format!("/api/runs/{run}"), format!("/api/runs/{run}/logs"), format!("/api/installations/{}", installed["id"].as_str().unwrap())];
        for path in of_ada.into_iter().chain((!workflow.is_empty()).then(|| format!("/api/developer/workflows/{workflow}"))) {
            assert_eq!(server.api_as(&ada, "GET", &path, None).await.0, 200, "{path}");
            let (status, answer) = server.api_as(&bob, "GET", &path, None).await;
            assert_eq!((status, answer["code"].as_str()), (404, Some("NOT_FOUND")), "{path}: {answer}");
        }
        for path in ["/api/runs", "/api/installations", "/api/developer/workflows"] {
            assert_eq!(server.api_as(&bob, "GET", path, None).await.1["data"], json!([]), "{path}");
        }
        let stolen = server.api_as(&bob, "POST", &format!("/api/runs/{run}/cancel"), Some(json!({}))).await;
        assert_eq!(stolen.0, 404, "{}", stolen.1);
    }

    async fn a_server_that_is_killed_forgets_nobody(db: Database) {
        let mut server = open(db).start().await;
        let ada = sign_up(&server, "ada@example.com").await;
        server.kill9().await;
        server.restart().await;
        let made = post(&server, &ada, "/api/v1/auth/create-workspace", json!({"workspace_name": "Acme", "workspace_slug": "acme"}), 201).await;
        server.kill9().await;
        server.restart().await;
        let (status, shown) = server.api_as(&token(&made), "GET", "/api/v1/workspace", None).await;
        assert_eq!((status, &shown["workspace_slug"]), (200, &json!("acme")), "{shown}");
        let again = post(&server, &ada, "/api/v1/auth/create-workspace", json!({"workspace_name": "Acme", "workspace_slug": "acme-2"}), 409).await;
        assert_eq!(again["code"], "WORKSPACE_MEMBERSHIP_EXISTS");
    }

    async fn the_operator_helps_who_lost_the_second_factor(db: Database) {
        const OPERATOR: &str = "operators-own-token-of-tests";
        let server = open(db).env("MILLRACE_OPERATOR_TOKEN", OPERATOR).start().await;
        let ada = owner(&server, "ada@example.com", "acme").await;
        let reset = async |email: &str, key: &str| server.cli(&["users", "reset-second-factors", email, "--api-key", key, "--json"]).await;
        let begun = post(&server, &ada, "/api/v1/users/me/second-factors", json!({"password": PASSWORD}), 201).await;
        let secret = totp_rs::Secret::try_from_base32(begun["secret"].as_str().unwrap()).unwrap();
        // The authenticator app's clock, not the server's.
        #[allow(clippy::disallowed_methods)]
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
        let code = totp_rs::Builder::new().with_secret(secret).build().unwrap().generate(now).to_string();
        post(&server, &ada, &format!("/api/v1/users/me/second-factors/{}/confirm", begun["id"].as_str().unwrap()), json!({"code": code}), 200).await;
        let credentials = json!({"email": "ada@example.com", "password": PASSWORD});
        assert_eq!(post(&server, "", "/api/v1/auth/login", credentials.clone(), 200).await["next"], "second_factor");

        let refused = reset("ada@example.com", server.api_key()).await;
        assert_eq!((refused.code, refused.error()["code"].as_str()), (4, Some("UNAUTHORIZED")), "an owner's key does not");
        let unknown = reset("nobody@example.com", OPERATOR).await;
        assert_eq!((unknown.code, unknown.error()["code"].as_str()), (5, Some("NOT_FOUND")));
        let done = reset("ada@example.com", OPERATOR).await.json();
        assert!(done["removed"] == 1 && done["sessions_ended"].as_u64().is_some_and(|ended| ended > 0), "{done}");
        assert_eq!(server.api_as(&ada, "GET", "/api/v1/users/me", None).await.0, 401, "signed out everywhere");
        token(&post(&server, "", "/api/v1/auth/login", credentials, 200).await);
        let again = reset("ada@example.com", OPERATOR).await;
        assert_eq!((again.code, again.error()["code"].as_str()), (7, Some("NO_SECOND_FACTOR")));
    }

    async fn an_invitation_from_the_command_to_the_colleague(db: Database) {
        let server = open(db).start().await;
        let ada = owner(&server, "ada@example.com", "acme").await;
        let machine = Machine::of(&server);
        assert_eq!(machine.login("ada@example.com").await["workspace"]["workspace_slug"], "acme");
        let invited = machine.json(&["workspace", "invite", "bob@example.com", "--role", "viewer"]).await;
        assert_eq!((&invited["status"], &invited["role"]), (&json!("pending"), &json!("viewer")));
        // Without a mail server, the outbox shows what would have been sent.
        let (_, mails) = server.api_as(&ada, "GET", "/api/v1/mails", None).await;
        let mail = mails["data"].as_array().unwrap().iter().find(|mail| mail["to"] == "bob@example.com").unwrap_or_else(|| panic!("{mails}"));
        let text = mail["text"].as_str().unwrap();
        let link = text.split("token=").nth(1).unwrap_or_else(|| panic!("{text}")).split_whitespace().next().unwrap();
        let look = server.api_as("", "GET", &format!("/api/v1/auth/accept-invitation?token={link}"), None).await;
        assert_eq!((look.0, &look.1["workspace_slug"], &look.1["needs_password"]), (200, &json!("acme"), &json!(true)));
        let accept = json!({"token": link, "password": PASSWORD});
        let bob = token(&post(&server, "", "/api/v1/auth/accept-invitation", accept.clone(), 200).await);
        assert_eq!(post(&server, "", "/api/v1/auth/accept-invitation", accept, 400).await["code"], "INVITATION_INVALID");
        assert_eq!(server.api_as(&bob, "GET", "/api/runs", None).await.0, 200);
        assert_eq!(server.api_as(&bob, "POST", "/api/developer/workflows", Some(json!({"files": {"workflow.ts": FAILING}}))).await.1["code"], "INSUFFICIENT_PERMISSIONS");
        let members = machine.json(&["workspace", "members"]).await;
        let roles: Vec<(&str, &str)> = members["data"].as_array().unwrap().iter().map(|m| (m["email"].as_str().unwrap(), m["role"].as_str().unwrap())).collect();
        assert!(roles.contains(&("ada@example.com", "owner")) && roles.contains(&("bob@example.com", "viewer")), "{roles:?}");
    }

    async fn the_command_line_as_a_person(db: Database) {
        let server = open(db).start().await;
        sign_up(&server, "ada@example.com").await;
        let machine = Machine::of(&server);
        let nobody = machine.run(&["whoami", "--url", &machine.url, "--json"]).await;
        assert_eq!((nobody.code, nobody.error()["code"].as_str()), (4, Some("NOT_SIGNED_IN")));
        let wrong = machine.run_with(&["login", "--url", &machine.url, "--email", "ada@example.com", "--json"], "not the password\n").await;
        assert_eq!((wrong.code, wrong.error()["code"].as_str()), (4, Some("INVALID_CREDENTIALS")));
        assert!(machine.logins().is_empty());

        let signed_in = machine.login("ada@example.com").await;
        assert_eq!((&signed_in["next"], &signed_in["user"]["email"]), (&json!("create_workspace"), &json!("ada@example.com")));
        assert_eq!(signed_in.get("access_token"), None, "tokens are kept, not printed");
        let mode = std::fs::metadata(&machine.logins()[0]).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        // From here on nobody says where the server is: it is where she signed in last.
        let made = machine.json(&["workspace", "create", "Acme & Sons"]).await;
        assert_eq!((&made["workspace_slug"], made.get("access_token")), (&json!("acme-sons"), None));
        machine.json(&["workspace", "create", "Second", "--slug", "second"]).await;
        machine.json(&["workspace", "switch", "acme-sons"]).await;
        let me = machine.json(&["whoami"]).await;
        assert_eq!((&me["kind"], &me["user"]["email"], &me["workspace"]["workspace_slug"]), (&json!("person"), &json!("ada@example.com"), &json!("acme-sons")));
        let listed = machine.run(&["workspace", "list"]).await;
        assert!(listed.stdout.contains("* ") && listed.stdout.contains("second"), "{}", listed.stdout);
        let foreign = machine.run(&["workspace", "switch", "globex", "--json"]).await;
        assert_eq!((foreign.code, foreign.error()["code"].as_str()), (5, Some("WORKSPACE_NOT_FOUND")));

        std::fs::create_dir(machine.home.path().join("flow")).unwrap();
        std::fs::write(machine.home.path().join("flow/workflow.ts"), FAILING).unwrap();
        machine.json(&["deploy", "flow"]).await;
        let key = machine.json(&["keys", "create", "a program", "--scope", "runs", "--scope", "workflows_read"]).await;
        let (id, text) = (key["id"].as_str().unwrap(), key["key"].as_str().unwrap());
        let as_key = machine.run(&["workflows", "list", "--url", &machine.url, "--api-key", text, "--json"]).await.json();
        assert_eq!(as_key["data"].as_array().unwrap().len(), 1);
        let as_key = machine.run(&["whoami", "--url", &machine.url, "--api-key", text, "--json"]).await.json();
        assert_eq!((&as_key["kind"], &as_key["workspace"]["workspace_slug"]), (&json!("api_key"), &json!("acme-sons")));
        let refused = machine.run(&["deploy", "flow", "--url", &machine.url, "--api-key", text, "--json"]).await;
        assert_eq!((refused.code, refused.error()["code"].as_str()), (4, Some("INSUFFICIENT_PERMISSIONS")));
        let keys = machine.run(&["keys", "list"]).await;
        assert!(keys.stdout.contains("a program") && !keys.stdout.contains(text), "{}", keys.stdout);
        machine.json(&["keys", "revoke", id]).await;
        let revoked = machine.run(&["workflows", "list", "--url", &machine.url, "--api-key", text, "--json"]).await;
        assert_eq!((revoked.code, revoked.error()["code"].as_str()), (4, Some("API_KEY_REVOKED")));

        let before = machine.kept()["access_token"].as_str().unwrap().to_owned();
        machine.json(&["logout"]).await;
        assert!(machine.logins().is_empty());
        assert_eq!(server.api_as(&before, "GET", "/api/v1/users/me", None).await.0, 401, "the session ended there, too");
        let out = machine.run(&["keys", "list", "--url", &machine.url, "--json"]).await;
        assert_eq!((out.code, out.error()["code"].as_str()), (4, Some("NOT_SIGNED_IN")));
    }

    async fn a_login_is_renewed_by_one_process_at_a_time(db: Database) {
        let server = open(db).start().await;
        owner(&server, "ada@example.com", "acme").await;
        let machine = Machine::of(&server);
        machine.login("ada@example.com").await;
        let generation = |kept: &Value| kept["refresh_token"].as_str().unwrap().split('_').nth(2).unwrap().parse::<u32>().unwrap();
        let first = generation(&machine.kept());
        // Its time is over by this machine's clock: each of the commands finds that it must renew.
        let mut kept = machine.kept();
        kept["access_until"] = json!(0);
        std::fs::write(&machine.logins()[0], kept.to_string()).unwrap();
        let children: Vec<Child> = (0..6).map(|_| machine.start(&["runs", "list", "--json"])).collect();
        for child in children {
            done(child).await.json();
        }
        assert_eq!(generation(&machine.kept()), first + 1, "one renewed it, the others found it renewed");
        // A token that the server refuses before its time is renewed, too.
        let mut kept = machine.kept();
        kept["access_token"] = json!("nonsense");
        std::fs::write(&machine.logins()[0], kept.to_string()).unwrap();
        machine.json(&["runs", "list"]).await;
        assert_eq!(generation(&machine.kept()), first + 2);
        // And one that has ended for good says so, once and for all.
        let token = machine.kept()["access_token"].as_str().unwrap().to_owned();
        post(&server, &token, "/api/v1/auth/logout-everywhere", json!({}), 204).await;
        let ended = machine.run(&["runs", "list", "--json"]).await;
        assert_eq!((ended.code, ended.error()["code"].as_str()), (4, Some("LOGIN_ENDED")));
        assert!(machine.logins().is_empty());
    }

    async fn a_terminal_is_allowed_in_a_browser(db: Database) {
        let server = open(db).start().await;
        let ada = owner(&server, "ada@example.com", "acme").await;
        let machine = Machine::of(&server);
        let begin = async || {
            let mut child = machine.start(&["login", "--url", &machine.url, "--json"]);
            let mut out = BufReader::new(child.stdout.take().unwrap());
            let mut line = String::new();
            tokio::time::timeout(LONG, out.read_line(&mut line)).await.unwrap().unwrap();
            (child, out, serde_json::from_str::<Value>(&line).unwrap_or_else(|e| panic!("{e}: {line}")))
        };
        let (child, mut out, shown) = begin().await;
        let code = shown["user_code"].as_str().unwrap();
        let page = reqwest::Client::new().get(shown["verification_uri_complete"].as_str().unwrap()).header("accept", "text/html").send().await.unwrap();
        assert_eq!(page.status(), 200);
        let seen = server.api_as(&ada, "GET", &format!("/api/v1/auth/device/approve?user_code={code}"), None).await;
        assert!(seen.1["client_name"].as_str().is_some_and(|name| name.starts_with("millrace")) && seen.1["ip"] == "127.0.0.1", "{}", seen.1);
        post(&server, &ada, "/api/v1/auth/device/approve", json!({"user_code": code, "approve": true}), 200).await;
        let mut line = String::new();
        tokio::time::timeout(LONG, out.read_line(&mut line)).await.unwrap().unwrap();
        let signed_in: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(signed_in["workspace"]["workspace_slug"], "acme");
        assert_eq!(done(child).await.code, 0);
        assert_eq!(machine.json(&["whoami"]).await["user"]["email"], "ada@example.com");
        machine.json(&["logout"]).await;

        let (child, _out, shown) = begin().await;
        post(&server, &ada, "/api/v1/auth/device/approve", json!({"user_code": shown["user_code"], "approve": false}), 200).await;
        let refused = done(child).await;
        assert_eq!(refused.error()["code"].as_str(), Some("DEVICE_DENIED"));
        assert!(machine.logins().is_empty());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_nearby_key_goes_before_a_login() {
    let server = open(Database::Embedded).start().await;
    owner(&server, "ada@example.com", "acme").await;
    let machine = Machine::of(&server);
    machine.login("ada@example.com").await;
    assert_eq!(machine.json(&["whoami"]).await["kind"], "person");
    // A laptop: the data directory of the server is in the working directory.
    let data = machine.home.path().join("data");
    std::fs::create_dir(&data).unwrap();
    std::fs::write(data.join("bootstrap.json"), json!({"api_key": server.api_key(), "url": server.url()}).to_string()).unwrap();
    assert_eq!(machine.json(&["whoami"]).await["kind"], "api_key");
    // What only people may do is still done as the person.
    assert_eq!(machine.json(&["workspace", "list"]).await["data"][0]["workspace_slug"], "acme");
}

/// What is for tests only is said at start and in the health, as long as it is on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_lets_anybody_in_is_loud() {
    let server = open(Database::Embedded).start().await;
    let health = eventually("the server says how it is", LONG, async || Some(server.ok("GET", "/api/health", None).await)).await;
    for name in ["MILLRACE_AUTH_EMAIL_VERIFICATION", "MILLRACE_RATE_LIMITS"] {
        assert!(health["warnings"].to_string().contains(name) && server.log().contains(name), "{name}: {health}");
    }
}
