//! What is typed into the terminal while `dev` works.

use std::io::{BufRead as _, IsTerminal as _};

use tokio::sync::mpsc;

/// Lines of standard input; none where nobody can type: in the background of a terminal reading would stop the process.
pub fn lines() -> Option<mpsc::Receiver<String>> {
    if !in_foreground() {
        return None;
    }
    let (typed, lines) = mpsc::channel(1);
    // A thread of its own: nothing can interrupt a read, and a runtime waits for its threads when it ends.
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines() {
            let Ok(line) = line else { return };
            if typed.blocking_send(line).is_err() {
                return;
            }
        }
    });
    Some(lines)
}

/// The next line; after the last one it waits for ever, for the command goes on without a keyboard.
pub async fn next(lines: &mut Option<mpsc::Receiver<String>>) -> String {
    if let Some(receiver) = lines {
        if let Some(line) = receiver.recv().await {
            return line;
        }
        *lines = None;
    }
    std::future::pending().await
}

fn in_foreground() -> bool {
    if !std::io::stdin().is_terminal() {
        return true;
    }
    // SAFETY: both calls only ask the kernel about this process and its terminal.
    #[allow(unsafe_code)]
    unsafe {
        libc::tcgetpgrp(libc::STDIN_FILENO) == libc::getpgrp()
    }
}
