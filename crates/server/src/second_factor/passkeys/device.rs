//! A device with passkeys, in software, with the browser in front of it: it makes keys and signs as the standard says, and
//! lies where a test wants it to.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::installations::fixture::Answer;
use crate::sign_in::fixture::{PASSWORD, Site};

/// The passkeys of whoever asks.
pub(crate) const PASSKEYS: &str = "/api/v1/users/me/passkeys";

/// Where the tests' server is for people, when nobody said otherwise.
const ORIGIN: &str = "http://localhost:8787";

const PRESENT: u8 = 0x01;
const VERIFIED: u8 = 0x04;
const ATTESTED: u8 = 0x40;

/// Begins to add a passkey with the password.
pub(crate) async fn begin(site: &Site, token: &str) -> Value {
    site.post(token, PASSKEYS, json!({"name": " Laptop ", "password": PASSWORD})).await.of(201)
}

/// Lets the device make what was asked for.
pub(crate) async fn finish(site: &Site, token: &str, asked: &Value, device: &mut Device) -> Answer {
    let answer = json!({"token": asked["token"], "credential": device.create(&asked["options"])});
    site.post(token, &format!("{PASSKEYS}/finish"), answer).await
}

/// A person's device with a passkey; its id here, and what came with it.
pub(crate) async fn add(site: &Site, token: &str) -> (Device, Value) {
    let mut device = Device::new();
    let added = finish(site, token, &begin(site, token).await, &mut device).await.of(201);
    (device, added)
}

/// What the device answers to whatever is asked at this path.
pub(crate) async fn answer(site: &Site, token: &str, path: &str, body: Value, device: &mut Device) -> Value {
    let asked = site.post(token, path, body).await.of(200);
    json!({"token": asked["token"], "credential": device.get(&asked["options"])})
}

/// A device with one passkey.
#[derive(Clone)]
pub(crate) struct Device {
    key: Arc<EcdsaKeyPair>,
    id: [u8; 32],
    /// What the server calls the person; known once the key was made.
    handle: Option<String>,
    /// The page that the browser shows.
    pub origin: String,
    /// Signatures so far; nothing for a device that does not count.
    pub count: Option<u32>,
    /// Whether its owner opens it.
    pub opened: bool,
    /// Whether it says whose key it is.
    pub names_person: bool,
}

impl Device {
    /// One that counts.
    pub fn new() -> Self {
        let key = Arc::new(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap());
        Self { key, id: rand::random(), handle: None, origin: ORIGIN.to_owned(), count: Some(0), opened: true, names_person: true }
    }

    /// What it calls its key.
    pub fn id(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.id)
    }

    /// `navigator.credentials.create`.
    pub fn create(&mut self, options: &Value) -> Value {
        let asked = &options["publicKey"];
        assert!(asked["pubKeyCredParams"].as_array().unwrap().iter().any(|one| one["alg"] == -7), "ES256 is asked for: {asked}");
        self.handle = Some(asked["user"]["id"].as_str().unwrap().to_owned());
        let mut data = self.data(asked["rp"]["id"].as_str().unwrap(), ATTESTED);
        data.extend([0; 16]);
        data.extend(u16::try_from(self.id.len()).unwrap().to_be_bytes());
        data.extend(self.id);
        data.extend(self.public_key());
        // {"fmt": "none", "attStmt": {}, "authData": …} in CBOR.
        let mut object = vec![0xa3, 0x63];
        object.extend(b"fmt\x64none\x67attStmt\xa0\x68authData\x59");
        object.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
        object.extend(data);
        let response = json!({"clientDataJSON": self.client_data("webauthn.create", asked), "attestationObject": URL_SAFE_NO_PAD.encode(object), "transports": ["internal"]});
        self.credential(response)
    }

    /// `navigator.credentials.get`.
    pub fn get(&mut self, options: &Value) -> Value {
        let asked = &options["publicKey"];
        self.count = self.count.map(|count| count + 1);
        let data = self.data(asked["rpId"].as_str().unwrap(), 0);
        let client_data = self.client_data("webauthn.get", asked);
        let mut signed = data.clone();
        signed.extend(Sha256::digest(URL_SAFE_NO_PAD.decode(&client_data).unwrap()));
        let signature = self.key.sign(&SystemRandom::new(), &signed).unwrap();
        let handle = self.handle.clone().filter(|_| self.names_person);
        let response = json!({
            "clientDataJSON": client_data, "authenticatorData": URL_SAFE_NO_PAD.encode(data), "signature": URL_SAFE_NO_PAD.encode(signature.as_ref()), "userHandle": handle,
        });
        self.credential(response)
    }

    /// Says that its key is somebody else's.
    pub fn claim_to_be_of(&mut self, other: &Self) {
        self.handle.clone_from(&other.handle);
    }

    fn credential(&self, response: Value) -> Value {
        json!({"id": self.id(), "rawId": self.id(), "type": "public-key", "response": response, "clientExtensionResults": {}, "authenticatorAttachment": "platform"})
    }

    fn client_data(&self, kind: &str, asked: &Value) -> String {
        URL_SAFE_NO_PAD.encode(json!({"type": kind, "challenge": asked["challenge"], "origin": self.origin, "crossOrigin": false}).to_string())
    }

    fn data(&self, server: &str, more: u8) -> Vec<u8> {
        let flags = PRESENT | if self.opened { VERIFIED } else { 0 } | more;
        let mut data = Sha256::digest(server).to_vec();
        data.push(flags);
        data.extend(self.count.unwrap_or(0).to_be_bytes());
        data
    }

    /// COSE: an EC2 key on P-256 for ES256.
    fn public_key(&self) -> Vec<u8> {
        let point = self.key.public_key().as_ref();
        let mut cose = vec![0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20];
        cose.extend(&point[1..33]);
        cose.extend([0x22, 0x58, 0x20]);
        cose.extend(&point[33..]);
        cose
    }
}
