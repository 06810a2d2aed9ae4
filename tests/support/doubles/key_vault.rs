//! Key Vault on loopback: one key, each version of it a real RSA key that wraps by RSA-OAEP-256. Responses and errors have the shape of Key
//! Vault's REST API.

use super::https;
use aws_lc_rs::{
    encoding::{AsDer, PublicKeyX509Der},
    rsa::{KeySize, OAEP_SHA256_MGF1SHA256, OaepPrivateDecryptingKey, OaepPublicEncryptingKey, PrivateDecryptingKey, PublicEncryptingKey},
};
use axum::{
    Router,
    body::Bytes,
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

/// The audience of tokens, as named in the vault's challenge.
pub const AUDIENCE: &str = "https://vault.azure.net";

/// The modulus length of a 3072-bit key, and so the length of whatever it wraps.
pub const WRAPPED_BYTES: usize = 384;

/// A request as received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// `get`, `wrapkey` or `unwrapkey`.
    pub operation: String,
    /// Empty for the newest version.
    pub version: String,
    /// The bearer token; without one the vault answers with its challenge.
    pub token: Option<String>,
}

/// What the vault does instead of a proper response.
#[derive(Clone)]
pub enum Instead {
    /// Refuses with a status, an error code (the inner one of a 403) and the seconds to wait.
    Refuse(u16, &'static str, Option<u32>),
    /// Returns this body, as if all were well.
    Say(String),
    /// Never responds.
    Hang,
}

/// A vault that serves until the test's runtime ends.
pub struct KeyVaultDouble {
    /// URL of the key without a version, as in `FINRUST_KEY_VAULT_KEY`.
    pub key_url: String,
    state: Arc<Mutex<State>>,
}

struct State {
    kid: String,
    versions: Vec<Version>,
    instead: VecDeque<Instead>,
    calls: Vec<Call>,
    slow_by: Duration,
}

struct Version {
    name: String,
    public: OaepPublicEncryptingKey,
    private: OaepPrivateDecryptingKey,
    modulus: Vec<u8>,
    exponent: Vec<u8>,
    is_enabled: bool,
}

impl KeyVaultDouble {
    /// A vault with a key of that name, in its first version.
    pub async fn start(name: &str) -> Self {
        let versions = vec![Version::new()];
        let state = State { kid: String::new(), versions, instead: VecDeque::new(), calls: Vec::new(), slow_by: Duration::ZERO };
        let state = Arc::new(Mutex::new(state));
        let shared = Arc::clone(&state);
        let name_in_path = name.to_owned();
        let handler = move |method: Method, uri: Uri, headers: HeaderMap, body: Bytes| {
            let (state, name) = (Arc::clone(&shared), name_in_path.clone());
            async move {
                let slow_by = state.lock().unwrap().slow_by;
                tokio::time::sleep(slow_by).await;
                answer(&state, &name, &method, &uri, &headers, &body).await
            }
        };
        let address = https::serve(Router::new().fallback(handler)).await;
        let key_url = format!("https://{address}/keys/{name}");
        state.lock().unwrap().kid.clone_from(&key_url);
        Self { key_url, state }
    }

    /// Adds a version, the newest from now on.
    pub fn rotate(&self) -> String {
        self.state.lock().unwrap().versions.push(Version::new());
        self.newest()
    }

    /// Name of the newest version.
    pub fn newest(&self) -> String {
        self.state.lock().unwrap().versions.last().unwrap().name.clone()
    }

    /// Disables this version.
    pub fn disable(&self, version: &str) {
        self.set_enabled(version, false);
    }

    /// Enables or disables this version.
    pub fn set_enabled(&self, version: &str, is_enabled: bool) {
        self.state.lock().unwrap().versions.iter_mut().find(|it| it.name == version).unwrap().is_enabled = is_enabled;
    }

    /// The next authenticated requests fail this way, one after the other.
    pub fn next(&self, instead: impl IntoIterator<Item = Instead>) {
        self.state.lock().unwrap().instead.extend(instead);
    }

    /// From now on delays every response.
    pub fn slow(&self, by: Duration) {
        self.state.lock().unwrap().slow_by = by;
    }

    /// All requests so far; clears the list.
    pub fn take_calls(&self) -> Vec<Call> {
        std::mem::take(&mut self.state.lock().unwrap().calls)
    }
}

async fn answer(state: &Mutex<State>, name: &str, method: &Method, uri: &Uri, headers: &HeaderMap, body: &[u8]) -> Response {
    let Some(call) = call(name, method, uri, headers) else {
        return refusal(404, "KeyNotFound", None);
    };
    let instead = {
        let mut state = state.lock().unwrap();
        state.calls.push(call.clone());
        if call.token.is_none() {
            assert!(body.is_empty(), "a body went out without a token");
            return challenge();
        }
        state.instead.pop_front()
    };
    match instead {
        None => with_request_id(state.lock().unwrap().perform(&call, body)),
        Some(Instead::Refuse(status, code, retry_after)) => refusal(status, code, retry_after),
        Some(Instead::Say(text)) => with_request_id(text.into_response()),
        Some(Instead::Hang) => std::future::pending().await,
    }
}

/// `/keys/{name}/{version}` and below; the SDK leaves an empty segment when it names no version.
fn call(name: &str, method: &Method, uri: &Uri, headers: &HeaderMap) -> Option<Call> {
    let path = uri.path().strip_prefix("/keys/")?.strip_prefix(name)?.strip_prefix('/')?;
    let (version, operation) = path.split_once('/').unwrap_or((path, "get"));
    let expected = if operation == "get" { Method::GET } else { Method::POST };
    let is_known = ["get", "wrapkey", "unwrapkey"].contains(&operation) && *method == expected;
    let versioned = uri.query().is_some_and(|query| query.contains("api-version="));
    let token = headers.get(header::AUTHORIZATION).and_then(|it| it.to_str().ok()?.strip_prefix("Bearer "));
    let call = Call { operation: operation.to_owned(), version: version.to_owned(), token: token.map(ToOwned::to_owned) };
    (is_known && versioned).then_some(call)
}

impl State {
    fn perform(&self, call: &Call, body: &[u8]) -> Response {
        let found = self.versions.iter().rfind(|version| call.version.is_empty() || version.name == call.version);
        let Some(version) = found else { return refusal(404, "KeyNotFound", None) };
        if !version.is_enabled {
            return refusal(403, "KeyDisabled", None);
        }
        let kid = format!("{}/{}", self.kid, version.name);
        if call.operation == "get" {
            let [n, e] = [&version.modulus, &version.exponent].map(|number| BASE64URL_NOPAD.encode(number));
            let key = json!({ "kid": kid, "kty": "RSA", "key_ops": ["wrapKey", "unwrapKey"], "n": n, "e": e });
            return json(&json!({ "key": key, "attributes": { "enabled": true } }));
        }
        let value = if call.operation == "wrapkey" {
            value(body).and_then(|it| version.wrap(&it))
        } else {
            value(body).and_then(|it| version.unwrap(&it))
        };
        let answer = value.map(|value| json(&json!({ "kid": kid, "value": BASE64URL_NOPAD.encode(&value) })));
        answer.unwrap_or_else(|| refusal(400, "BadParameter", None))
    }
}

/// The value in the body of a request for RSA-OAEP-256.
fn value(body: &[u8]) -> Option<Vec<u8>> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let value = body["value"].as_str().filter(|_| body["alg"] == "RSA-OAEP-256")?;
    BASE64URL_NOPAD.decode(value.as_bytes()).ok()
}

impl Version {
    fn new() -> Self {
        let mut name = [0; 16];
        getrandom::fill(&mut name).unwrap();
        let private = PrivateDecryptingKey::generate(KeySize::Rsa3072).unwrap();
        let public = private.public_key();
        let (modulus, exponent) = numbers(&public);
        Self {
            name: format!("{:032x}", u128::from_be_bytes(name)),
            public: OaepPublicEncryptingKey::new(public).unwrap(),
            private: OaepPrivateDecryptingKey::new(private).unwrap(),
            modulus,
            exponent,
            is_enabled: true,
        }
    }

    fn wrap(&self, value: &[u8]) -> Option<Vec<u8>> {
        let mut wrapped = vec![0; self.public.ciphertext_size()];
        self.public.encrypt(&OAEP_SHA256_MGF1SHA256, value, &mut wrapped, None).ok().map(|bytes| bytes.to_vec())
    }

    fn unwrap(&self, wrapped: &[u8]) -> Option<Vec<u8>> {
        let mut value = vec![0; self.private.min_output_size()];
        self.private.decrypt(&OAEP_SHA256_MGF1SHA256, wrapped, &mut value, None).ok().map(|bytes| bytes.to_vec())
    }
}

/// Modulus and exponent: a DER public key ends with the modulus, two bytes announcing a three-byte integer, and 65537.
fn numbers(public: &PublicEncryptingKey) -> (Vec<u8>, Vec<u8>) {
    let der: PublicKeyX509Der = public.as_der().unwrap();
    let (before, exponent) = der.as_ref().split_last_chunk::<3>().unwrap();
    let (before, announced) = before.split_last_chunk::<2>().unwrap();
    assert_eq!((announced, exponent), (&[2, 3], &[1, 0, 1]));
    (before[before.len() - WRAPPED_BYTES..].to_vec(), exponent.to_vec())
}

fn challenge() -> Response {
    let mut response = refusal(401, "Unauthorized", None);
    let challenge = format!(r#"Bearer authorization="https://login.microsoftonline.com/{:032x}", resource="{AUDIENCE}""#, 7);
    response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_str(&challenge).unwrap());
    response
}

/// A 403 has its reason in the inner code.
fn refusal(status: u16, code: &str, retry_after: Option<u32>) -> Response {
    let error = if status == 403 {
        json!({ "code": "Forbidden", "message": "The vault says no.", "innererror": { "code": code } })
    } else {
        json!({ "code": code, "message": "The vault says no." })
    };
    let mut response = json(&json!({ "error": error }));
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    with_request_id(response)
}

fn json(value: &Value) -> Response {
    ([(header::CONTENT_TYPE, "application/json; charset=utf-8")], value.to_string()).into_response()
}

fn with_request_id(mut response: Response) -> Response {
    response.headers_mut().insert("x-ms-request-id", HeaderValue::from_static("5f1c0b7e-0000-4000-8000-000000000000"));
    response
}
