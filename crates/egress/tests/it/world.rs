//! What every test stands on: a resolver that says what the test wants, and a client that may reach 127.0.0.1 only.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

use async_trait::async_trait;
use http::Method;
use millrace_egress::standin::Standin;
use millrace_egress::{
    Egress, EgressConfig, EgressError, HostList, Lookup, LookupError, Request, Response, Scope,
    SecretSet,
};
use parking_lot::Mutex;

/// Answers of a name server, one after the other; the last repeats.
#[derive(Default)]
pub struct Names {
    answers: Mutex<HashMap<String, Vec<Vec<IpAddr>>>>,
    asked: Mutex<Vec<String>>,
}

impl Names {
    pub fn set(&self, name: &str, answers: &[&[&str]]) {
        let parse = |text: &&str| text.parse().unwrap();
        let answers = answers
            .iter()
            .map(|answer| answer.iter().map(parse).collect())
            .collect();
        self.answers.lock().insert(name.to_owned(), answers);
    }

    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().clone()
    }
}

#[async_trait]
impl Lookup for Names {
    async fn addresses(&self, host: &str) -> Result<Vec<IpAddr>, LookupError> {
        self.asked.lock().push(host.to_owned());
        let mut answers = self.answers.lock();
        let Some(list) = answers.get_mut(host) else {
            return Err(LookupError("no such name".into()));
        };
        Ok(if list.len() > 1 {
            list.remove(0)
        } else {
            list[0].clone()
        })
    }
}

/// A client, its resolver and one stand-in at 127.0.0.1. The names `api.test`, `other.test` and `third.test` lead there.
pub struct World {
    pub egress: Egress,
    pub names: Arc<Names>,
    pub standin: Standin,
}

impl World {
    pub async fn new() -> World {
        World::with(|_| {}).await
    }

    pub async fn with(change: impl FnOnce(&mut EgressConfig)) -> World {
        let names = Arc::new(Names::default());
        for name in ["api.test", "other.test", "third.test"] {
            names.set(name, &[&["127.0.0.1"]]);
        }
        let mut config = EgressConfig {
            allow_private: vec!["127.0.0.1/32".parse().unwrap()],
            ..EgressConfig::default()
        };
        change(&mut config);
        let egress = Egress::with_lookup(config, names.clone()).unwrap();
        World {
            egress,
            names,
            standin: Standin::start().await.unwrap(),
        }
    }

    /// `http://<host>:<port of the stand-in><path>`
    pub fn url(&self, host: &str, path: &str) -> String {
        format!("http://{host}:{}{path}", self.standin.address().port())
    }

    pub async fn get(&self, path: &str) -> Result<Response, EgressError> {
        self.fetch(&self.url("api.test", path)).await
    }

    pub async fn fetch(&self, url: &str) -> Result<Response, EgressError> {
        self.egress
            .send(Request::parse(Method::GET, url)?, &Scope::public())
            .await
    }
}

pub fn request(method: &str, url: &str) -> Request {
    Request::parse(method.parse().unwrap(), url).unwrap()
}

pub fn header(request: Request, name: &'static str, value: &str) -> Request {
    let mut request = request;
    request.headers.insert(name, value.parse().unwrap());
    request
}

pub fn hosts(list: &[&str]) -> HostList {
    HostList::parse(list).unwrap()
}

/// A scope with one secret.
pub fn scope(placeholder: &str, value: &str, allowed: &[&str]) -> Scope {
    let mut secrets = SecretSet::new();
    secrets.insert(placeholder.to_owned(), value.into(), hosts(allowed));
    Scope {
        hosts: None,
        secrets,
        ..Scope::default()
    }
}

pub fn code(outcome: &Result<Response, EgressError>) -> &'static str {
    match outcome {
        Ok(_) => "OK",
        Err(error) => error.code(),
    }
}
