//! Messages of errors without what differs from run to run, so that the same error is counted as one.

use super::limits::MESSAGE;

/// The message with ids, addresses and numbers masked, and cut.
pub(super) fn normalised(message: &str) -> String {
    let mut out = String::with_capacity(message.len().min(MESSAGE));
    for (i, word) in message.split_whitespace().enumerate() {
        if out.chars().count() >= MESSAGE {
            break;
        }
        if i > 0 {
            out.push(' ');
        }
        let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
        if bare.contains('@') && bare.contains('.') {
            out.push_str(&word.replacen(bare, "<address>", 1));
        } else {
            parts(word, &mut out);
        }
    }
    out.chars().take(MESSAGE).collect()
}

/// One word: its parts that are ids become `<id>`, the digits of others `#`.
fn parts(word: &str, out: &mut String) {
    let mut rest = word;
    while let Some(start) = rest.find(is_part) {
        out.push_str(&rest[..start]);
        let tail = &rest[start..];
        let end = tail.find(|c| !is_part(c)).unwrap_or(tail.len());
        part(&tail[..end], out);
        rest = &tail[end..];
    }
    out.push_str(rest);
}

fn is_part(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-')
}

fn part(part: &str, out: &mut String) {
    let digits = part.chars().filter(char::is_ascii_digit).count();
    let letters = part.chars().filter(|c| c.is_alphabetic()).count();
    if digits > 0 && letters > 0 && part.len() >= 8 {
        out.push_str("<id>");
        return;
    }
    let mut was_digit = false;
    for c in part.chars() {
        let is_digit = c.is_numeric();
        if !is_digit {
            out.push(c);
        } else if !was_digit {
            out.push('#');
        }
        was_digit = is_digit;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_from_run_to_run_is_masked() {
        for (message, expected) in [
            ("Page 12 of 340 not found", "Page # of # not found"),
            ("no page d9824bdc-8445-4327-be8b-5b47500af6ce here", "no page <id> here"),
            ("cus_9s6XKzkNRiz8i3: no such customer", "<id>: no such customer"),
            ("Mail to ada@example.com, was refused", "Mail to <address>, was refused"),
            ("HTTP 429 after 3.5s", "HTTP # after #.#s"),
            ("  spaces \n and lines ", "spaces and lines"),
            ("Größe ٣٤ falsch", "Größe # falsch"),
        ] {
            assert_eq!(normalised(message), expected);
        }
        assert_eq!(normalised(&"x".repeat(5_000)).len(), MESSAGE);
        assert_eq!(normalised("Page 1 not found"), normalised("Page 77 not found"));
    }
}
