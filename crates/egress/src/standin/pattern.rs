//! Which requests a registered reply answers.

/// Method and path; `*` as described at [`Standin::on`](super::Standin::on).
pub(super) struct Pattern {
    method: String,
    segments: Vec<String>,
}

impl Pattern {
    pub fn new(method: &str, path: &str) -> Pattern {
        Pattern {
            method: method.to_ascii_uppercase(),
            segments: path
                .trim_start_matches('/')
                .split('/')
                .map(str::to_owned)
                .collect(),
        }
    }

    pub fn matches(&self, method: &str, path: &str) -> bool {
        if self.method != "*" && self.method != method {
            return false;
        }
        let mut actual = path.trim_start_matches('/').split('/');
        for segment in &self.segments {
            if segment == "**" {
                return true;
            }
            match actual.next() {
                Some(own) if segment == "*" || segment == own => {}
                _ => return false,
            }
        }
        actual.next().is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    #[test]
    fn segments_and_rests() {
        for (pattern, path, expected) in [
            ("/v1/pages", "/v1/pages", true),
            ("/v1/pages", "/v1/pages/7", false),
            ("/v1/pages/*", "/v1/pages/7", true),
            ("/v1/pages/*", "/v1/pages", false),
            ("/v1/*/children", "/v1/7/children", true),
            ("/v1/**", "/v1/7/children", true),
            ("/**", "/", true),
            ("/", "/", true),
        ] {
            assert_eq!(
                Pattern::new("GET", pattern).matches("GET", path),
                expected,
                "{pattern} {path}"
            );
        }
        assert!(!Pattern::new("POST", "/a").matches("GET", "/a"));
        assert!(Pattern::new("*", "/a").matches("GET", "/a"));
    }
}
