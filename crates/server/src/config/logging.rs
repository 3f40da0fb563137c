//! What is logged, and how.

use tracing_subscriber::EnvFilter;

use super::reader::Reader;

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object per line.
    Json,
}

/// What is logged, and how.
#[derive(Debug, Clone)]
pub struct LogConfig {
    /// A filter such as `info` or `millrace_engine=debug,info`.
    pub filter: String,
    /// How lines are written.
    pub format: LogFormat,
}

/// sqlx reports every slow statement with its text, and hyper every closed connection; both are noise above `warn`.
const DEFAULT_FILTER: &str = "info,sqlx=warn,hyper=warn,h2=warn,reqwest=warn,hickory_resolver=warn,hickory_proto=warn";

impl LogConfig {
    pub(super) fn read(read: &mut Reader<'_>) -> Self {
        let filter = read.text("MILLRACE_LOG").unwrap_or_else(|| DEFAULT_FILTER.to_owned());
        if let Err(error) = filter.parse::<EnvFilter>() {
            read.refuse("MILLRACE_LOG", format!("{error}; write for example `info` or `millrace_engine=debug,info`"));
        }
        let format = match read.text("MILLRACE_LOG_FORMAT").as_deref() {
            None | Some("text") => LogFormat::Text,
            Some("json") => LogFormat::Json,
            Some(_) => {
                read.refuse("MILLRACE_LOG_FORMAT", "must be `text` or `json`");
                LogFormat::Text
            }
        };
        Self { filter, format }
    }
}

/// Sends log lines to standard error. A second call in one process changes nothing.
pub fn init_logging(config: &LogConfig) {
    use std::io::IsTerminal as _;
    let filter = config.filter.parse::<EnvFilter>().unwrap_or_default();
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(std::io::stderr().is_terminal());
    // The only error is "already set": an embedding program or an earlier test chose its own.
    let _ = match config.format {
        LogFormat::Text => lines.with_target(false).try_init(),
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
    };
}
