//! `millrace dev`: redeploy on every save, show each run live, run on request.

mod enter;
mod execute;
mod home;
mod installed;
mod live;
mod project;
mod watch;

use std::path::PathBuf;

use serde_json::Value;

use self::home::Home;
use self::project::Project;
use super::{Context, deploy, init};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::source;
use crate::terminal::Terminal;

/// Options of `dev`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The workflow's directory
    #[arg(default_value = ".")]
    dir: PathBuf,
    /// Port of `POST /execute`; when it is taken, the system picks another
    #[arg(long, default_value_t = 8787)]
    port: u16,
    /// A JSON file with the values of the inputs; `config` in test-data.json unless given
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// A service and a JSON file with its credentials, such as zoom=zoom.secret.json
    #[arg(long, value_name = "SERVICE=FILE", value_parser = super::install::service_file)]
    connection: Vec<(String, PathBuf)>,
    /// What Enter and --once run with: `{"trigger": {type, service, event, data}}`, or just the data; test-data.json unless given
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
    /// Deploy and run once, then end; the exit code says whether it completed
    #[arg(long)]
    once: bool,
}

/// Works until it is interrupted.
pub async fn perform(terminal: Terminal, url: Option<&str>, api_key: Option<&str>, args: Args) -> Result<(), Failure> {
    let mut home = Home::find(terminal, url, api_key, &args.dir).await?;
    let context = Context { client: home.client().clone(), terminal };
    let result = work(&context, &args).await;
    home.close().await;
    result
}

async fn work(context: &Context, args: &Args) -> Result<(), Failure> {
    let mut project = Project::open(args)?;
    if args.once {
        deploy_into(context, &mut project).await?;
        return project.run_once(context).await;
    }
    init::refresh_types(project.folder())?;
    let mut saved = watch::start(&args.dir)?;
    report(context, deploy_into(context, &mut project).await);
    let execute = execute::serve(context.clone(), project.installed(), args.port).await?;
    context.terminal.say(&format!("Run it:  curl -X POST http://{execute}/execute -d '{{}}'\nWatching {}; Ctrl-C ends.", args.dir.display()));
    let live = tokio::spawn(live::show(context.clone(), project.installed()));
    let mut entered = enter::lines();
    if entered.is_some() {
        context.terminal.say(&format!("Enter runs it with {}; a file's name and Enter, with that file.", project.data().display()));
    }
    let interrupted = tokio::signal::ctrl_c();
    tokio::pin!(interrupted);
    loop {
        tokio::select! {
            _ = &mut interrupted => break,
            change = saved.recv() => match change {
                Some(()) => report(context, deploy_into(context, &mut project).await),
                None => return Err(Failure::new(Exit::Failed, "WATCH_FAILED", "files are no longer watched").fix("Start `millrace dev` again.")),
            },
            line = enter::next(&mut entered) => report(context, project.run_line(context, &line).await),
        }
    }
    live.abort();
    project.close(context).await
}

/// Deploys what is on disk and puts the installation on it.
async fn deploy_into(context: &Context, project: &mut Project) -> Result<(), Failure> {
    let since = std::time::Instant::now();
    let (files, entry) = source::read_with_siblings(project.dir())?;
    let deployed = deploy::send_draft(&context.client, &files, entry.as_deref()).await?;
    project.install(context, &deployed).await?;
    let micros = i64::try_from(since.elapsed().as_micros()).unwrap_or(i64::MAX);
    context.terminal.line(&tagged("deployed", &deployed), || deploy::show(context.terminal, &deployed, micros));
    deploy::warn(context.terminal, &deployed, &files);
    Ok(())
}

/// A mistake in the source is shown and waits for the next save.
fn report(context: &Context, result: Result<(), Failure>) {
    if let Err(failure) = result {
        context.terminal.failure(&failure);
    }
}

/// One line of the JSON stream: what it is about, and the thing itself.
fn tagged(what: &str, value: &Value) -> Value {
    serde_json::json!({"type": what, what: value})
}
