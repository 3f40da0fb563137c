//! The command line: what can be typed, and the way from there to a command.

use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::client::Client;
use crate::commands::{
    Context, admin, analytics, approvals, audit, backup, connections, connector, demo, deploy, dev, developer, doctor, events, fork, grants, health, init, install, installations, keys, login, logout, logs,
    marketplace, master_key, moving, oauth, publish, quotas, replay, row_security, run, runs, serve, test, users, variables, versions, whoami, workflows, workspace,
};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::place::Place;
use crate::terminal::Terminal;

const EXIT_CODES: &str = "\
Exit codes: 0 done · 1 failed · 2 wrong command line or local file · 3 server unreachable or busy · 4 not allowed · 5 not found ·
            6 refused as invalid · 7 conflicts with the present state · 8 the run did not complete · 9 waiting timed out ·
            10 the replay differs from its recording · 11 the audit export proves nothing";

/// Durable workflows in plain TypeScript.
#[derive(Debug, Parser)]
#[command(name = "millrace", version, about, after_help = EXIT_CODES, disable_help_subcommand = true)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// Options of every command.
#[derive(Debug, Clone, Args)]
struct Global {
    /// The server's address; without it, that of a server whose data directory is ./data
    #[arg(long, global = true, env = "MILLRACE_URL", value_name = "URL")]
    url: Option<String>,
    /// The API key to call with
    #[arg(long, global = true, env = "MILLRACE_API_KEY", hide_env_values = true, value_name = "KEY")]
    api_key: Option<String>,
    /// Print JSON with stable keys to standard output, and errors as JSON to standard error
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start the server
    Serve(serve::Args),
    /// Sign in at a server
    Login(login::Args),
    /// Sign out, there and here
    Logout(logout::Args),
    /// Say as whom commands call the server
    Whoami,
    /// List, choose and make workspaces; invite people and list them
    #[command(subcommand)]
    Workspace(workspace::Action),
    /// Make, list and revoke API keys
    #[command(subcommand)]
    Keys(keys::Action),
    /// Write a new workflow project
    Init(init::Args),
    /// Redeploy a workflow on every save and show its runs live
    Dev(dev::Args),
    /// Play a workflow's scenarios, offline, on the real engine
    Test(test::Args),
    /// Deploy the workflow in a directory
    Deploy(deploy::Args),
    /// Publish a deployed workflow: from then on others find it
    Publish(publish::Args),
    /// List, show, publish, restore, deprecate and compare a workflow's versions
    #[command(subcommand)]
    Versions(versions::Action),
    /// Look for published workflows
    #[command(subcommand)]
    Marketplace(marketplace::Action),
    /// Make a workflow of your own from a published one, where its author allows it
    Fork(fork::Args),
    /// Show where a workflow comes from, and what was made of it
    Lineage {
        /// The workflow: its id, or the word in its address
        workflow: String,
    },
    /// Install a deployed workflow: configuration, connections, webhook addresses
    Install(install::Args),
    /// List, show, activate, pause or delete installations
    #[command(subcommand)]
    Installations(installations::Action),
    /// Start a run of an installation
    Run(run::Args),
    /// List, show, cancel, retry, resume or pull runs
    #[command(subcommand)]
    Runs(runs::Action),
    /// Execute a recording (`runs pull`) again, without a server
    Replay(replay::Args),
    /// Print what a run logged, or all runs of a workflow
    Logs(logs::Args),
    /// Show what the runs of a workflow came to: counts, times, errors
    Analytics(analytics::Args),
    /// List the runs of a workflow across its installations
    Executions(analytics::ListArgs),
    /// List and decide approvals
    #[command(subcommand)]
    Approvals(approvals::Action),
    /// List, export and prove who changed what
    #[command(subcommand)]
    Audit(audit::Action),
    /// Publish events that runs wait for
    #[command(subcommand)]
    Events(events::Action),
    /// List, add or delete connections to services
    #[command(subcommand)]
    Connections(connections::Action),
    /// Connect accounts in a browser, list and disconnect them
    #[command(subcommand)]
    Oauth(oauth::Action),
    /// What somebody needs who publishes workflows: their own OAuth apps
    #[command(subcommand)]
    Developer(developer::Action),
    /// Make a connector from an OpenAPI document, and check connector directories
    #[command(subcommand)]
    Connector(connector::Action),
    /// List and show deployed workflows
    #[command(subcommand)]
    Workflows(workflows::Action),
    /// List, set and unset what a workflow reads as env.NAME
    #[command(subcommand)]
    Variables(variables::Action),
    /// List, make and revoke grants: who may use a private workflow
    #[command(subcommand, name = "access-grants", visible_alias = "grants")]
    AccessGrants(grants::Action),
    /// Ask whether you may use a workflow
    Access {
        /// The workflow: its id, or the word in its address
        workflow: String,
    },
    /// Redeem an access code
    Redeem {
        /// The code
        code: String,
        /// The workflow, where several have the same code: its id, or the word in its address
        #[arg(long)]
        workflow: Option<String>,
    },
    /// Show or decide what a workspace may use at most
    #[command(subcommand)]
    Quotas(quotas::Action),
    /// Close, open and delete workspaces; suspend and erase people: for the operator
    #[command(subcommand)]
    Admin(admin::Action),
    /// Help somebody who lost their second factors
    #[command(subcommand)]
    Users(users::Action),
    /// Ask the server how it is
    Health,
    /// Copy a server's whole state into one file, while it works
    Backup(backup::BackupArgs),
    /// Put a backup back, into an empty database of either kind
    Restore(backup::RestoreArgs),
    /// Move a server's data to another database, while it works
    Move(moving::Args),
    /// Turn PostgreSQL's row-level security on or off: the second wall between workspaces
    #[command(subcommand)]
    RowSecurity(row_security::Action),
    /// Say which key seals secrets, and change it while servers work
    #[command(subcommand)]
    MasterKey(master_key::Action),
    /// Look at the machine and at an installation, and say what to do
    Doctor(doctor::Args),
    /// Run the demonstration: a server, stand-ins for three services, and one real webhook
    Demo(demo::Args),
    /// Keeps a demonstration running in the background
    #[command(hide = true)]
    DemoSupervisor(demo::SupervisorArgs),
}

/// Parses the command line and does what it says.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    let terminal = Terminal::new(cli.global.json);
    match dispatch(cli, terminal) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            terminal.failure(&failure);
            ExitCode::from(failure.exit as u8)
        }
    }
}

fn dispatch(cli: Cli, terminal: Terminal) -> Result<(), Failure> {
    let runtime = match &cli.command {
        Command::Serve(_) | Command::DemoSupervisor(_) | Command::Restore(_) => tokio::runtime::Builder::new_multi_thread().enable_all().build(),
        _ => tokio::runtime::Builder::new_current_thread().enable_all().build(),
    };
    let runtime = runtime.map_err(|e| Failure::new(Exit::Failed, "RUNTIME_FAILED", "the asynchronous runtime cannot start").why(e.to_string()))?;
    let result = runtime.block_on(perform(cli, terminal));
    // A blocked read of standard input or of a file must not keep the process alive.
    runtime.shutdown_background();
    result
}

async fn perform(cli: Cli, terminal: Terminal) -> Result<(), Failure> {
    let Global { url, api_key, .. } = cli.global;
    let context = || -> Result<Context, Failure> {
        let place = Place::find(url.as_deref(), api_key.as_deref(), std::path::Path::new("."))?;
        Ok(Context { client: Client::of_caller(place)?, terminal })
    };
    match cli.command {
        Command::Serve(args) => Box::pin(serve::perform(args)).await,
        Command::Login(args) => login::perform(&context()?, &args).await,
        Command::Logout(args) => logout::perform(&context()?, &args).await,
        Command::Whoami => whoami::perform(&context()?).await,
        Command::Workspace(action) => workspace::perform(&context()?, &action).await,
        Command::Keys(action) => keys::perform(&context()?, &action).await,
        Command::Init(args) => init::perform(terminal, &args),
        Command::Dev(args) => Box::pin(dev::perform(terminal, url.as_deref(), api_key.as_deref(), args)).await,
        Command::Deploy(args) => deploy::perform(&context()?, &args).await,
        Command::Publish(args) => publish::perform(&context()?, &args).await,
        Command::Versions(action) => versions::perform(&context()?, &action).await,
        Command::Marketplace(action) => marketplace::perform(&context()?, &action).await,
        Command::Fork(args) => fork::perform(&context()?, &args).await,
        Command::Lineage { workflow } => fork::lineage(&context()?, &workflow).await,
        Command::Install(args) => install::perform(&context()?, &args).await,
        Command::Installations(action) => installations::perform(&context()?, &action).await,
        Command::Run(args) => run::perform(&context()?, &args).await,
        Command::Runs(action) => runs::perform(&context()?, &action).await,
        Command::Replay(args) => Box::pin(replay::perform(terminal, &args)).await,
        Command::Test(args) => Box::pin(test::perform(terminal, &args)).await,
        Command::Logs(args) => logs::perform(&context()?, &args).await,
        Command::Analytics(args) => analytics::figures(&context()?, &args).await,
        Command::Executions(args) => analytics::executions(&context()?, &args).await,
        Command::Approvals(action) => approvals::perform(&context()?, &action).await,
        Command::Audit(audit::Action::Verify { file, key }) => audit::verify(terminal, &file, key.as_deref()),
        Command::Audit(action) => audit::perform(&context()?, &action).await,
        Command::Events(action) => events::perform(&context()?, &action).await,
        Command::Connections(action) => connections::perform(&context()?, &action).await,
        Command::Oauth(action) => Box::pin(oauth::perform(&context()?, &action)).await,
        Command::Developer(action) => developer::perform(&context()?, &action).await,
        Command::Connector(action) => Box::pin(connector::perform(terminal, action)).await,
        Command::Workflows(action) => workflows::perform(&context()?, &action).await,
        Command::Variables(action) => variables::perform(&context()?, &action).await,
        Command::AccessGrants(action) => grants::perform(&context()?, &action).await,
        Command::Access { workflow } => grants::check(&context()?, &workflow).await,
        Command::Redeem { code, workflow } => grants::redeem(&context()?, workflow.as_deref(), &code).await,
        Command::Quotas(action) => quotas::perform(&context()?, &action).await,
        Command::Admin(action) => admin::perform(&context()?, &action).await,
        Command::Users(action) => users::perform(&context()?, &action).await,
        Command::Health => health::perform(&context()?).await,
        Command::Backup(args) => Box::pin(backup::take(terminal, args)).await,
        Command::Restore(args) => Box::pin(backup::restore(terminal, args)).await,
        Command::Move(args) => Box::pin(moving::perform(terminal, args)).await,
        Command::RowSecurity(action) => Box::pin(row_security::perform(terminal, action)).await,
        Command::MasterKey(action) => Box::pin(master_key::perform(terminal, action)).await,
        Command::Doctor(args) => Box::pin(doctor::perform(terminal, args)).await,
        Command::Demo(args) => Box::pin(demo::perform(terminal, args)).await,
        Command::DemoSupervisor(args) => Box::pin(demo::supervise(args)).await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_documented_spellings_parse() {
        let lines = [
            "millrace serve --data d --listen 127.0.0.1:1 --database-url postgres://x/y --roles api,worker --production",
            "millrace login --url https://example.com --no-browser --json",
            "millrace login --email ada@example.com",
            "millrace logout --here",
            "millrace whoami --json",
            "millrace workspace list",
            "millrace workspace switch acme",
            "millrace workspace create Acme --slug acme",
            "millrace workspace create --personal",
            "millrace workspace invite ada@example.com --role viewer",
            "millrace workspace members --limit 5 --json",
            "millrace keys create ci --scope deploy --scope runs --expires 2027-01-01T00:00:00Z",
            "millrace keys list",
            "millrace keys revoke key_1",
            "millrace init flow --private --ai",
            "millrace init flow --template webhook",
            "millrace deploy dir --json",
            "millrace deploy dir --draft --notes first --allow-breaking --revoke-existing",
            "millrace publish wf --at 1.2.0 --notes new --allow-breaking --rollout 10 --json",
            "millrace publish wf --undo --revoke-existing",
            "millrace versions list wf --json",
            "millrace versions show wf 1.2.0",
            "millrace versions publish wf v3 --notes new",
            "millrace versions restore wf 1.0.0 --as 1.3.0",
            "millrace versions deprecate wf 1.0.0 --reason old",
            "millrace versions diff wf 1.0.0 2.0.0",
            "millrace versions changelog wf --from 1.0.0",
            "millrace marketplace search notes --category sales --integration zoom --sort popular --mine --limit 5 --json",
            "millrace marketplace info wf",
            "millrace fork wf --dir own --force --reason why --json",
            "millrace lineage wf --json",
            "millrace install wf --config c.json --connection zoom=z.json --connection notion=n.json --activate --name x --json",
            "millrace installations list --json",
            "millrace installations pause inst_1",
            "millrace run inst_1 --data d.json --event e --wait --json",
            "millrace runs list --status failed --installation inst_1 --limit 5 --json",
            "millrace runs show run_1 --json",
            "millrace runs cancel run_1",
            "millrace runs retry run_1",
            "millrace runs pull run_1 -o run.json",
            "millrace runs resume run_1 --at latest --from 3 --dry-run --json",
            "millrace runs resume --failed --installation inst_1 --error-code BOOM --failed-after 2026-01-01T00:00:00Z --limit 10",
            "millrace replay run.json --steps --at 3 --json",
            "millrace logs run_1 --follow",
            "millrace approvals list",
            "millrace approvals decide appr_1 --approve --comment ok",
            "millrace audit list --action workflow --actor usr_1 --from 2026-01-01T00:00:00Z --text x --limit 5 --json",
            "millrace audit export --from 2026-01-01T00:00:00Z --to 2026-02-01T00:00:00Z -o a.ndjson",
            "millrace audit verify a.ndjson --key 0123 --json",
            "millrace audit keys",
            "millrace events publish order.paid --data -",
            "millrace connections list",
            "millrace connector import api.yaml --service acme --out c --only pets --only /v1/users --base-url https://x.test --force --json",
            "millrace connector check connectors/acme --json",
            "millrace workflows show wf_1",
            "millrace variables list wf_1 --json",
            "millrace variables set flow BASE_URL https://example.com",
            "millrace variables set flow API_KEY --secret",
            "millrace variables set flow TOKEN_COLOUR blue --plain",
            "millrace variables unset flow API_KEY",
            "millrace quotas show",
            "millrace quotas set --tenant org_1 queued_runs=5 runs_per_minute=60",
            "millrace admin workspaces list --status suspended --json",
            "millrace admin workspaces suspend org_1 --reason unpaid --api-key x",
            "millrace admin workspaces delete org_1 --confirm acme",
            "millrace admin users find ada@example.com",
            "millrace admin users erase usr_1 --confirm ada@example.com",
            "millrace audit list --installation --api-key x",
            "millrace users reset-second-factors ada@example.com --json",
            "millrace health --url http://127.0.0.1:1 --api-key mr_x",
            "millrace backup --data d -o b.tar.zst --with-keys",
            "millrace backup --verify b.tar.zst --json",
            "millrace restore b.tar.zst --database-url postgres://x/y --force",
            "millrace move --to postgres://x/y --from sqlite://d/millrace.db --data d",
            "millrace move --undo --data d",
            "millrace row-security on --database-url postgres://x/y",
            "millrace row-security off --data d",
            "millrace row-security status --json",
            "millrace doctor --data d --json",
            "millrace demo --once --port 9000 --data d",
        ];
        for line in lines {
            Cli::try_parse_from(line.split(' ')).unwrap_or_else(|e| panic!("{line}: {e}"));
        }
    }
}
