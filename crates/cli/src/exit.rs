//! Exit codes: part of the contract (`docs/cli.md`), so that scripts can tell cases apart without reading text.

/// How the command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Something failed that no other code describes.
    Failed = 1,
    /// The command line or a local file is wrong; nothing was sent.
    Usage = 2,
    /// No server answered, or it cannot serve right now. Trying again may help.
    Unavailable = 3,
    /// The key is missing, wrong, or may not do this.
    Denied = 4,
    /// There is no such thing.
    NotFound = 5,
    /// The server refused what was sent: a workflow with errors, configuration of the wrong type.
    Refused = 6,
    /// It contradicts the present state, such as retrying a run that has not failed.
    Conflict = 7,
    /// The run that was waited for did not complete.
    RunFailed = 8,
    /// The time to wait was over before the run ended.
    TimedOut = 9,
    /// A replay took another path than its recording.
    Differs = 10,
    /// An audit export was changed, cut off, or signed by another key.
    Unproven = 11,
}

impl Exit {
    /// The code for an HTTP status that is not a success.
    pub const fn of_status(status: u16) -> Self {
        match status {
            401 | 403 => Self::Denied,
            404 | 410 => Self::NotFound,
            409 | 412 => Self::Conflict,
            400 | 413 | 415 | 422 => Self::Refused,
            408 | 425 | 429 | 502 | 503 | 504 | 507 => Self::Unavailable,
            _ => Self::Failed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_map_to_the_documented_codes() {
        let cases = [(401, 4), (403, 4), (404, 5), (409, 7), (400, 6), (413, 6), (422, 6), (429, 3), (503, 3), (507, 3), (500, 1)];
        for (status, code) in cases {
            assert_eq!(Exit::of_status(status) as u8, code, "status {status}");
        }
    }
}
