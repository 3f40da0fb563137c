#![allow(clippy::unwrap_used)]

use super::*;

fn read(options: &ServeOptions, env: &[(&str, &str)]) -> Result<Config, ConfigErrors> {
    Config::from_parts(options, |name| env.iter().find(|(own, _)| *own == name).map(|(_, value)| (*value).to_owned()))
}

fn names(result: Result<Config, ConfigErrors>) -> Vec<String> {
    result.unwrap_err().0.into_iter().map(|error| error.name).collect()
}

const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

#[test]
fn nothing_given_is_a_laptop() {
    let config = read(&ServeOptions::default(), &[]).unwrap();
    assert_eq!(config.data_dir, PathBuf::from("./data"));
    assert_eq!(config.database.url, millrace_db::DatabaseUrl::Sqlite(PathBuf::from("./data/millrace.db")));
    assert_eq!(config.public_url(), "http://127.0.0.1:8787");
    assert_eq!(config.roles, Roles::ALL);
    assert!(!config.sandbox.is_inline());
    assert!(config.warnings().is_empty(), "{:?}", config.warnings());
}

#[test]
fn options_win_over_the_environment() {
    let options = ServeOptions { listen: Some("127.0.0.1:9000".into()), database_url: Some("postgres://u:p@db/m".into()), roles: Some("worker".into()), ..ServeOptions::default() };
    let env = [("MILLRACE_LISTEN", "127.0.0.1:1"), ("DATABASE_URL", "sqlite://x.db"), ("MILLRACE_ROLES", "api"), ("MILLRACE_DATA", "/tmp/elsewhere")];
    let config = read(&options, &env).unwrap();
    assert_eq!(config.listen.address.port(), 9000);
    assert!(!config.database.is_embedded());
    assert_eq!(config.roles, Roles { api: false, worker: true, scheduler: false });
    assert_eq!(config.data_dir, PathBuf::from("/tmp/elsewhere"));
}

#[test]
fn every_mistake_is_told_at_once_and_no_secret_with_it() {
    let env = [
        ("DATABASE_URL", "mysql://user:hunter2@host/db"),
        ("MILLRACE_LISTEN", "nowhere"),
        ("MILLRACE_ROLES", "api,wroker"),
        ("MILLRACE_PUBLIC_URL", "ftp://example.com"),
        ("MILLRACE_EGRESS_MAP", "api.zoom.us"),
        ("MILLRACE_EGRESS_ALLOW", "10.0.0.0/99"),
        ("MILLRACE_TEST_CLOCK", "maybe"),
        ("MILLRACE_MASTER_KEY", "hunter2hunter2"),
        ("MILLRACE_SANDBOX", "docker"),
        ("MILLRACE_SANDBOX_ALLOW_MISSING", "landlock,selinux"),
        ("MILLRACE_LOG_FORMAT", "xml"),
        ("MILLRACE_MAX_BODY", "12"),
        ("MILLRACE_METRICS_TOKEN", "hunter2"),
        ("MILLRACE_METRICS_LISTEN", "9464"),
        ("MILLRACE_AUTH_EMAIL_VERIFICATION", "perhaps"),
        ("MILLRACE_BASE_DOMAIN", "https://example.com"),
        ("MILLRACE_DATABASE_URL", "postgres://db/m"),
        ("MILLRACE_FORK_SPLIT", "68/12/21"),
        ("MILLRACE_PAYOUT_DAY", "31"),
        ("MILLRACE_PAYOUT_MINIMUM_CENTS", "0"),
    ];
    let errors = read(&ServeOptions::default(), &env).unwrap_err();
    let expected = [
        "DATABASE_URL", "--listen", "--roles", "MILLRACE_PUBLIC_URL", "MILLRACE_EGRESS_MAP", "MILLRACE_EGRESS_ALLOW", "MILLRACE_TEST_CLOCK", "MILLRACE_MASTER_KEY",
        "MILLRACE_SANDBOX", "MILLRACE_SANDBOX_ALLOW_MISSING", "MILLRACE_LOG_FORMAT", "MILLRACE_MAX_BODY", "MILLRACE_METRICS_TOKEN", "MILLRACE_METRICS_LISTEN",
        "MILLRACE_AUTH_EMAIL_VERIFICATION", "MILLRACE_BASE_DOMAIN", "MILLRACE_DATABASE_URL", "MILLRACE_FORK_SPLIT", "MILLRACE_PAYOUT_DAY", "MILLRACE_PAYOUT_MINIMUM_CENTS",
    ];
    for name in expected {
        assert!(errors.0.iter().any(|error| error.name == name), "{name} is missing in {errors}");
    }
    assert_eq!(errors.0.len(), expected.len(), "{errors}");
    assert!(!errors.to_string().contains("hunter2"), "{errors}");
}

#[test]
fn production_refuses_what_is_for_development() {
    let options = ServeOptions { production: true, database_url: Some("postgres://db/m".into()), ..ServeOptions::default() };
    let env = [("MILLRACE_EGRESS_MAP", "api.zoom.us=http://127.0.0.1:7001"), ("MILLRACE_TEST_CLOCK", "1"), ("MILLRACE_SANDBOX", "inline"), ("MILLRACE_AUTH_EMAIL_VERIFICATION", "off")];
    let refused = names(read(&options, &env));
    assert_eq!(refused, ["MILLRACE_EGRESS_MAP", "MILLRACE_TEST_CLOCK", "MILLRACE_AUTH_EMAIL_VERIFICATION", "MILLRACE_SANDBOX", "MILLRACE_MASTER_KEY", "MILLRACE_PUBLIC_URL"]);

    assert_eq!(names(read(&options, &[("MILLRACE_MASTER_KEY", KEY), ("MILLRACE_PUBLIC_URL", "http://plain.example")])), ["MILLRACE_PUBLIC_URL"]);
    let config = read(&options, &[("MILLRACE_MASTER_KEY", KEY), ("MILLRACE_PUBLIC_URL", "https://millrace.example/base/")]).unwrap();
    assert_eq!(config.public_url(), "https://millrace.example/base");
    let warnings = config.warnings();
    assert!(warnings.len() == 1 && warnings[0].starts_with("MILLRACE_MAIL_URL is not set"), "{warnings:?}");
    let with_mail = [("MILLRACE_MASTER_KEY", KEY), ("MILLRACE_PUBLIC_URL", "https://millrace.example"), ("MILLRACE_MAIL_URL", "smtps://mail.example"), ("MILLRACE_MAIL_FROM", "m@example.com")];
    assert!(read(&options, &with_mail).unwrap().warnings().is_empty());
    let open = [with_mail[0], with_mail[1], ("MILLRACE_MAIL_URL", "smtp://mail.example"), with_mail[3], ("MILLRACE_MAIL_TLS", "none"), ("MILLRACE_RATE_LIMITS", "off")];
    assert_eq!(names(read(&options, &open)), ["MILLRACE_RATE_LIMITS", "MILLRACE_MAIL_TLS"]);
}

#[test]
fn an_identity_provider_is_named_whole_and_reached_safely() {
    let options = ServeOptions::default();
    assert!(read(&options, &[]).unwrap().sso.is_none());
    assert_eq!(names(read(&options, &[("MILLRACE_SSO_CLIENT_ID", "x"), ("MILLRACE_SSO_CLIENT_SECRET", "hunter2")])), ["MILLRACE_SSO_CLIENT_ID", "MILLRACE_SSO_CLIENT_SECRET"]);
    assert_eq!(names(read(&options, &[("MILLRACE_SSO_ISSUER", "http://login.example")])), ["MILLRACE_SSO_ISSUER", "MILLRACE_SSO_CLIENT_ID"]);
    let near = [("MILLRACE_SSO_ISSUER", "http://127.0.0.1:7000"), ("MILLRACE_SSO_CLIENT_ID", "x"), ("MILLRACE_SSO_CLIENT_SECRET", "hunter2")];
    let config = read(&options, &near).unwrap();
    assert!(!format!("{config:?}").contains("hunter2"));
    let production = ServeOptions { production: true, ..ServeOptions::default() };
    assert_eq!(names(read(&production, &[near[0], near[1], ("MILLRACE_PUBLIC_URL", "https://millrace.example")])), ["MILLRACE_SSO_ISSUER"]);
    let path = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(path.path(), "hunter2\n").unwrap();
    let file = [near[0], near[1], ("MILLRACE_SSO_CLIENT_SECRET_FILE", path.path().to_str().unwrap())];
    assert_eq!(read(&options, &file).unwrap().sso.unwrap().client_secret.unwrap().expose(), "hunter2");
    assert_eq!(names(read(&options, &[file[0], file[1], file[2], near[2]])), ["MILLRACE_SSO_CLIENT_SECRET_FILE"]);
}

#[test]
fn development_settings_are_loud() {
    let options = ServeOptions { database_url: Some("postgres://db/m".into()), ..ServeOptions::default() };
    let env = [("MILLRACE_EGRESS_MAP", "api.zoom.us=http://127.0.0.1:7001"), ("MILLRACE_TEST_CLOCK", "1"), ("MILLRACE_SANDBOX", "inline"), ("MILLRACE_EGRESS_ALLOW", "127.0.0.0/8"), ("MILLRACE_AUTH_EMAIL_VERIFICATION", "off"), ("MILLRACE_RATE_LIMITS", "off")];
    let warnings = read(&options, &env).unwrap().warnings().join("\n");
    for word in ["MILLRACE_EGRESS_MAP", "MILLRACE_TEST_CLOCK", "MILLRACE_SANDBOX=inline", "MILLRACE_EGRESS_ALLOW", "MILLRACE_AUTH_EMAIL_VERIFICATION=off", "master key", "MILLRACE_RATE_LIMITS=off"] {
        assert!(warnings.contains(word), "{word} is missing in {warnings}");
    }
}

#[test]
fn wildcard_addresses_are_not_given_to_others() {
    let at = |listen: &str| read(&ServeOptions { listen: Some(listen.into()), ..ServeOptions::default() }, &[]).unwrap().public_url();
    assert_eq!(at("0.0.0.0:8787"), "http://127.0.0.1:8787");
    assert_eq!(at("[::]:8787"), "http://[::1]:8787");
    assert_eq!(at("localhost:1234"), "http://127.0.0.1:1234");
}

#[test]
fn master_keys_are_read_and_never_shown() {
    let config = read(&ServeOptions::default(), &[("MILLRACE_MASTER_KEY", KEY)]).unwrap();
    let shown = format!("{config:?}");
    assert!(!shown.contains(KEY) && shown.contains("MasterKeyText(…)"), "{shown}");
    assert_eq!(names(read(&ServeOptions::default(), &[("MILLRACE_MASTER_KEY", KEY), ("MILLRACE_MASTER_KEY_FILE", "k")])), ["MILLRACE_MASTER_KEY_FILE"]);
    let two = MasterKeyText::new(format!("{KEY}, {}", "ab".repeat(32))).parse().unwrap();
    assert_eq!(two.len(), 2);
    assert!(MasterKeyText::new(format!("{KEY},zz")).parse().unwrap_err().starts_with("key 2"));
}

#[test]
fn each_kind_of_request_has_its_limit() {
    let config = read(&ServeOptions::default(), &[("MILLRACE_MAX_WEBHOOK_BODY", "2048")]).unwrap();
    assert_eq!(config.requests.body_limit("/api/webhooks/trg_x"), 2_048);
    assert_eq!(config.requests.body_limit("/api/developer/workflows"), 12 * 1024 * 1024);
    assert_eq!(config.requests.body_limit("/api/installations"), 10 * 1024 * 1024);
}

#[test]
fn a_workspace_s_host_names_it() {
    let config = read(&ServeOptions::default(), &[("MILLRACE_BASE_DOMAIN", "Example.com")]).unwrap();
    let named = |host: &'static str| config.auth.workspace_of_host(host);
    assert_eq!((named("acme.example.com"), named("acme.example.com:8443")), (Some("acme"), Some("acme")));
    assert_eq!((named("example.com"), named("acme.example.com.evil.org"), named("evilexample.com"), named("a.b.example.com")), (None, None, None, None));
    assert!(config.auth.email_verification);
    assert_eq!(config.auth.workspace_url("https://x.example.com", "acme"), "https://acme.example.com/app");
}

#[test]
fn the_mail_server_is_named_in_one_address_and_its_password_is_never_shown() {
    let mail = |env: &[(&str, &str)]| {
        let from = ("MILLRACE_MAIL_FROM", "Millrace <no-reply@example.com>");
        read(&ServeOptions::default(), &[env, &[from]].concat())
    };
    let with = |env: &[(&str, &str)]| mail(env).unwrap().mail.unwrap();
    for (url, tls, port) in [
        ("smtp://mail.example", MailTls::StartTls, 587),
        ("smtps://mail.example", MailTls::Tls, 465),
        ("smtp://mail.example:2525", MailTls::StartTls, 2_525),
    ] {
        let config = with(&[("MILLRACE_MAIL_URL", url)]);
        assert_eq!((config.host.as_str(), config.tls, config.port, config.sign_in.is_none()), ("mail.example", tls, port, true), "{url}");
    }
    let local = with(&[("MILLRACE_MAIL_URL", "smtp://[::1]:1025"), ("MILLRACE_MAIL_TLS", "none")]);
    assert_eq!((local.host.as_str(), local.is_open()), ("::1", false));
    assert!(with(&[("MILLRACE_MAIL_URL", "smtp://mail.example"), ("MILLRACE_MAIL_TLS", "none")]).is_open());

    let config = with(&[("MILLRACE_MAIL_URL", "smtp://me%40example.com:hunter%2F2@mail.example")]);
    let (user, password) = config.sign_in.as_ref().unwrap();
    assert_eq!((user.as_str(), password.expose()), ("me@example.com", "hunter/2"));
    assert!(!format!("{config:?}").contains("hunter"));

    let address = ("MILLRACE_MAIL_URL", "smtp://mail.example");
    for (env, name) in [
        (&[("MILLRACE_MAIL_URL", "http://user:hunter2@mail.example")][..], "MILLRACE_MAIL_URL"),
        (&[("MILLRACE_MAIL_URL", "mail.example:587")], "MILLRACE_MAIL_URL"),
        (&[address, ("MILLRACE_MAIL_USER", "me")], "MILLRACE_MAIL_PASSWORD"),
        (&[address, ("MILLRACE_MAIL_PASSWORD", "hunter2")], "MILLRACE_MAIL_USER"),
        (&[("MILLRACE_MAIL_URL", "smtp://me:hunter2@mail.example"), ("MILLRACE_MAIL_PASSWORD", "hunter2")], "MILLRACE_MAIL_PASSWORD"),
        (&[address, ("MILLRACE_MAIL_USER", "me"), ("MILLRACE_MAIL_PASSWORD_FILE", "/nowhere/at/all")], "MILLRACE_MAIL_PASSWORD_FILE"),
        (&[address, ("MILLRACE_MAIL_TLS", "ssl")], "MILLRACE_MAIL_TLS"),
        (&[], "MILLRACE_MAIL_FROM"),
    ] {
        let errors = mail(env).unwrap_err();
        assert_eq!(errors.0[0].name, name, "{errors}");
        assert!(!errors.to_string().contains("hunter2"), "{errors}");
    }
    assert_eq!(names(read(&ServeOptions::default(), &[address])), ["MILLRACE_MAIL_FROM"]);
}

#[test]
fn a_language_model_has_a_provider_a_model_and_a_key_that_is_never_shown() {
    let ai = |env: &[(&str, &str)]| read(&ServeOptions::default(), env);
    assert!(ai(&[]).unwrap().ai.is_none());
    let base = [("MILLRACE_AI_PROVIDER", "openai"), ("MILLRACE_AI_MODEL", "small-1")];
    let config = ai(&[&base[..], &[("MILLRACE_AI_KEY", "hunter2"), ("MILLRACE_AI_URL", "http://127.0.0.1:11434/v1/"), ("MILLRACE_AI_MODELS", "big = large-1, x=y")]].concat()).unwrap();
    assert!(!format!("{config:?}").contains("hunter2"));
    let model = config.ai.unwrap();
    assert_eq!((model.url.as_str(), model.is_open(), model.max_tokens), ("http://127.0.0.1:11434/v1", false, 4_096));
    assert_eq!((model.model_for(Some("big")), model.model_for(Some("@cf/any")), model.model_for(None)), ("large-1", "small-1", "small-1"));
    let path = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(path.path(), "hunter2\n").unwrap();
    let of_file = ai(&[&base[..], &[("MILLRACE_AI_KEY_FILE", path.path().to_str().unwrap())]].concat()).unwrap();
    assert_eq!(of_file.ai.unwrap().key.unwrap().expose(), "hunter2");
    for (env, name) in [
        (&[("MILLRACE_AI_PROVIDER", "skynet")][..], "MILLRACE_AI_PROVIDER"),
        (&[("MILLRACE_AI_PROVIDER", "gemini")], "MILLRACE_AI_MODEL"),
        (&[("MILLRACE_AI_KEY", "hunter2")], "MILLRACE_AI_KEY"),
        (&[("MILLRACE_AI_PROVIDER", "workers-ai"), base[1]], "MILLRACE_AI_URL"),
        (&[base[0], base[1], ("MILLRACE_AI_URL", "https://user:hunter2@api.example/v1")], "MILLRACE_AI_URL"),
        (&[base[0], base[1], ("MILLRACE_AI_MODELS", "big")], "MILLRACE_AI_MODELS"),
        (&[base[0], base[1], ("MILLRACE_AI_KEY", "hunter2"), ("MILLRACE_AI_KEY_FILE", "/nowhere")], "MILLRACE_AI_KEY_FILE"),
        (&[base[0], base[1], ("MILLRACE_AI_TIMEOUT_S", "0")], "MILLRACE_AI_TIMEOUT_S"),
    ] {
        let errors = ai(env).unwrap_err();
        assert_eq!(errors.0[0].name, name, "{errors}");
        assert!(!errors.to_string().contains("hunter2"), "{errors}");
    }
    let far = [base[0], base[1], ("MILLRACE_AI_URL", "http://models.example/v1"), ("MILLRACE_PUBLIC_URL", "https://x.example"), ("MILLRACE_MASTER_KEY", KEY)];
    assert_eq!(names(read(&ServeOptions { production: true, ..ServeOptions::default() }, &far)), ["MILLRACE_AI_URL"]);
}

#[test]
fn limits_are_on_raised_or_off() {
    let factor = |text: &str| read(&ServeOptions::default(), &[("MILLRACE_RATE_LIMITS", text)]).map(|c| c.rate_limits.factor.map(std::num::NonZeroU32::get));
    assert_eq!((factor("on").unwrap(), factor("20").unwrap(), factor("off").unwrap()), (Some(1), Some(20), None));
    for wrong in ["0", "1001", "-1", "none"] {
        assert!(factor(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn what_developers_get_is_the_operators_to_say() {
    let of = |env: &[(&str, &str)]| read(&ServeOptions::default(), env).unwrap().earnings;
    let plain = of(&[]);
    assert_eq!((plain.fork_split, plain.payout_day, plain.payout_minimum), (ForkSplit { fork: 68, original: 12, platform: 20 }, 15, 2_500));
    let own = of(&[("MILLRACE_FORK_SPLIT", "85 / 15 / 0"), ("MILLRACE_PAYOUT_DAY", "1"), ("MILLRACE_PAYOUT_MINIMUM_CENTS", "100")]);
    assert_eq!((own.fork_split, own.payout_day, own.payout_minimum), (ForkSplit { fork: 85, original: 15, platform: 0 }, 1, 100));
    for wrong in ["68/12", "68/12/20/0", "68-12-20", "-8/88/20", "300/0/0"] {
        assert_eq!(names(read(&ServeOptions::default(), &[("MILLRACE_FORK_SPLIT", wrong)])), ["MILLRACE_FORK_SPLIT"], "{wrong}");
    }
}
