//! Asking for a password: without showing it when a person types, as a line of standard input when a program speaks.

use std::io::{BufRead as _, IsTerminal as _, Read as _, Write as _};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::limits::{MAX_PASSWORD_BYTES, MAX_VALUE_BYTES};

/// Reads a password. Blocks until it was given.
///
/// # Errors
/// Standard input ended, or was not text.
pub fn ask(prompt: &str) -> Result<String, Failure> {
    let stdin = std::io::stdin();
    let unreadable = |why: String| Failure::new(Exit::Usage, "PASSWORD_UNREADABLE", "no password could be read from standard input").why(why);
    let silence = stdin.is_terminal().then(Silence::begin);
    if silence.is_some() {
        let _ = write!(std::io::stderr(), "{prompt}: ");
    }
    let mut line = String::new();
    stdin.lock().take(MAX_PASSWORD_BYTES).read_line(&mut line).map_err(|e| unreadable(e.to_string()))?;
    if silence.is_some() {
        let _ = writeln!(std::io::stderr());
    }
    let password = line.trim_end_matches(['\r', '\n']);
    if password.is_empty() {
        return Err(unreadable("it ended before a line was given".to_owned()).fix("Type it when asked, or pipe it in."));
    }
    Ok(password.to_owned())
}

/// Reads a value that is nobody's to see: asks a person for a line without showing it, and takes all that a program writes, without
/// the line feed at its end. Blocks until it was given.
///
/// # Errors
/// Standard input was not text, or too long.
pub fn ask_value(prompt: &str) -> Result<String, Failure> {
    let stdin = std::io::stdin();
    if stdin.is_terminal() {
        return ask(prompt);
    }
    let unreadable = |why: String| Failure::new(Exit::Usage, "VALUE_UNREADABLE", "no value could be read from standard input").why(why);
    let mut text = String::new();
    stdin.lock().take(MAX_VALUE_BYTES + 1).read_to_string(&mut text).map_err(|e| unreadable(e.to_string()))?;
    if text.len() as u64 > MAX_VALUE_BYTES {
        return Err(unreadable(format!("it has more than {MAX_VALUE_BYTES} bytes")));
    }
    let value = text.strip_suffix('\n').unwrap_or(&text);
    Ok(value.strip_suffix('\r').unwrap_or(value).to_owned())
}

/// While it exists, the terminal does not show what is typed.
struct Silence(Option<libc::termios>);

impl Silence {
    #[allow(unsafe_code)]
    fn begin() -> Self {
        // SAFETY: a termios is plain numbers, for which zero is valid; both calls get a pointer to one that lives on.
        unsafe {
            let mut before: libc::termios = std::mem::zeroed();
            if libc::tcgetattr(libc::STDIN_FILENO, &raw mut before) != 0 {
                return Self(None);
            }
            let mut silent = before;
            silent.c_lflag &= !libc::ECHO;
            libc::tcsetattr(libc::STDIN_FILENO, libc::TCSAFLUSH, &raw const silent);
            Self(Some(before))
        }
    }
}

impl Drop for Silence {
    #[allow(unsafe_code)]
    fn drop(&mut self) {
        if let Some(before) = &self.0 {
            // SAFETY: the pointer is to a termios that was read from this terminal.
            unsafe {
                libc::tcsetattr(libc::STDIN_FILENO, libc::TCSAFLUSH, std::ptr::from_ref(before));
            }
        }
    }
}
