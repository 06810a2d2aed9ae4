//! Azure Communication Services Email over https on loopback. Every request is validated against a schema written from the published
//! specification (`communication_services.schema.json`); an operation is sent once, however often it is submitted.

use super::{https, tokens};
use axum::{
    Router,
    body::Bytes,
    extract::{Path, RawQuery, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::{Value, json};
use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, LazyLock, Mutex},
};
use url::Url;
use uuid::Uuid;

const API_VERSION: &str = "api-version=2025-09-01";
const AUDIENCE: &str = "https://communication.azure.com";

static MESSAGE: LazyLock<jsonschema::Validator> = LazyLock::new(|| {
    let schema: Value = serde_json::from_str(include_str!("communication_services.schema.json")).unwrap();
    jsonschema::draft202012::new(&schema).unwrap()
});

/// The service.
pub struct CommunicationServices {
    /// For `FINRUST_MAIL_ENDPOINT`.
    pub endpoint: Url,
    shared: Shared,
}

type Shared = Arc<Mutex<World>>;

#[derive(Default)]
struct World {
    planned: VecDeque<Answer>,
    operations: HashMap<Uuid, VecDeque<Stage>>,
    letters: Vec<SentLetter>,
    asked: Asked,
}

/// How often each endpoint was called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// `POST /emails:send`, including repeats and refusals.
    pub to_send: usize,
    /// `GET /emails/operations/…`
    pub for_status: usize,
}

/// A mail that was sent.
#[derive(Clone, Debug)]
pub struct SentLetter {
    pub operation_id: String,
    /// The bearer token of the request.
    pub token: String,
    /// `EmailMessage`.
    pub message: Value,
}

/// The response to the next new letter.
#[derive(Clone, Debug)]
pub enum Answer {
    /// Accepted; the successive stages of its operation, the last one for good.
    Take(Vec<Stage>),
    /// Accepted, but the response never comes.
    TakeAndHang,
    /// Refused.
    Refuse { status: u16, code: &'static str, message: &'static str, retry_after: Option<u64> },
    /// Refused with a response that is not the service's own.
    Text(u16, &'static str),
}

/// The state of an operation.
#[derive(Clone, Copy, Debug)]
pub struct Stage {
    pub status: &'static str,
    pub error: Option<&'static str>,
    /// In seconds.
    pub retry_after: Option<u64>,
}

impl Stage {
    pub const RUNNING: Self = Self { status: "Running", error: None, retry_after: Some(0) };
    /// The service cannot tell.
    pub const UNKNOWN: Self = Self { status: "", error: None, retry_after: None };
    pub const SUCCEEDED: Self = Self { status: "Succeeded", error: None, retry_after: None };

    pub const fn failed(error: &'static str) -> Self {
        Self { status: "Failed", error: Some(error), retry_after: None }
    }
}

impl CommunicationServices {
    /// Serves until the test's runtime ends. By default a letter is accepted, in progress, and then succeeds.
    pub async fn start() -> Self {
        let shared = Shared::default();
        let router = Router::new().route("/emails:send", post(send)).route("/emails/operations/{id}", get(status));
        let address = https::serve(router.with_state(Arc::clone(&shared))).await;
        Self { endpoint: format!("https://{address}/").parse().unwrap(), shared }
    }

    /// Plans the responses to the next letters, in order.
    pub fn answer_next(&self, answer: Answer) {
        self.shared.lock().unwrap().planned.push_back(answer);
    }

    /// The mails that were sent, each once.
    pub fn sent(&self) -> Vec<SentLetter> {
        self.shared.lock().unwrap().letters.clone()
    }

    pub fn asked(&self) -> Asked {
        self.shared.lock().unwrap().asked
    }
}

async fn send(State(shared): State<Shared>, RawQuery(query): RawQuery, headers: HeaderMap, body: Bytes) -> Response {
    let answer = letter(query.as_deref(), &headers, &body).map(|letter| shared.lock().unwrap().answer(letter));
    shared.lock().unwrap().asked.to_send += 1;
    match answer {
        Ok(Some(response)) => response,
        Ok(None) => std::future::pending().await,
        Err(refusal) => *refusal,
    }
}

async fn status(State(shared): State<Shared>, Path(id): Path<String>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let mut world = shared.lock().unwrap();
    world.asked.for_status += 1;
    if let Err(refusal) = caller(query.as_deref(), &headers) {
        return *refusal;
    }
    match id.parse().ok().filter(|id| world.operations.contains_key(id)) {
        Some(id) => world.show(id, StatusCode::OK),
        None => refusal(404, "NotFound", "no such operation", None),
    }
}

impl World {
    /// `None` when no response ever comes.
    fn answer(&mut self, letter: SentLetter) -> Option<Response> {
        let id = letter.operation_id.parse().unwrap();
        if self.operations.contains_key(&id) {
            return Some(self.show(id, StatusCode::ACCEPTED));
        }
        match self.planned.pop_front().unwrap_or_else(|| Answer::Take(vec![Stage::RUNNING, Stage::SUCCEEDED])) {
            Answer::Take(stages) => {
                self.take(id, letter, stages);
                Some(self.show(id, StatusCode::ACCEPTED))
            }
            Answer::TakeAndHang => {
                self.take(id, letter, vec![Stage::SUCCEEDED]);
                None
            }
            Answer::Refuse { status, code, message, retry_after } => Some(refusal(status, code, message, retry_after)),
            Answer::Text(status, text) => Some((StatusCode::from_u16(status).unwrap(), text).into_response()),
        }
    }

    fn take(&mut self, id: Uuid, letter: SentLetter, stages: Vec<Stage>) {
        self.letters.push(letter);
        self.operations.insert(id, stages.into());
    }

    /// `EmailSendResult`
    fn show(&mut self, id: Uuid, status: StatusCode) -> Response {
        let stages = self.operations.get_mut(&id).unwrap();
        let stage = if stages.len() > 1 { stages.pop_front().unwrap() } else { stages[0] };
        if stage.status.is_empty() {
            return refusal(500, "InternalError", "in the words of the service", None);
        }
        let mut result = json!({ "id": id.to_string(), "status": stage.status });
        if let Some(code) = stage.error {
            result["error"] = json!({ "code": code, "message": "in the words of the service" });
        }
        answer(status, &result, stage.retry_after)
    }
}

/// The letter in a request that conforms to the specification.
fn letter(query: Option<&str>, headers: &HeaderMap, body: &[u8]) -> Result<SentLetter, Box<Response>> {
    let token = caller(query, headers)?;
    let refuse = |message: &str| Box::new(refusal(400, "BadRequest", message, None));
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let is_uuid = |text: &str| Uuid::try_parse(text).is_ok();
    if header(header::CONTENT_TYPE.as_str()) != Some("application/json") {
        return Err(Box::new(refusal(415, "UnsupportedMediaType", "not JSON", None)));
    }
    let operation_id = header("operation-id").filter(|text| is_uuid(text)).ok_or_else(|| refuse("Operation-Id is a UUID"))?;
    if !header("x-ms-client-request-id").is_none_or(is_uuid) {
        return Err(refuse("x-ms-client-request-id is a UUID"));
    }
    let message: Value = serde_json::from_slice(body).map_err(|_| refuse("not JSON"))?;
    if let Err(error) = MESSAGE.validate(&message) {
        return Err(refuse(&format!("Request body validation error. See property '{}'", error.instance_path())));
    }
    Ok(SentLetter { operation_id: operation_id.to_owned(), token, message })
}

/// The token of an authorised caller, in this version of the interface.
fn caller(query: Option<&str>, headers: &HeaderMap) -> Result<String, Box<Response>> {
    if query != Some(API_VERSION) {
        return Err(Box::new(refusal(400, "UnsupportedApiVersion", API_VERSION, None)));
    }
    let token = tokens::bearer(headers).filter(|token| tokens::audience(token).as_deref() == Some(AUDIENCE));
    token.ok_or_else(|| Box::new(refusal(401, "Denied", "a token for this service", None)))
}

/// `ErrorResponse`
fn refusal(status: u16, code: &str, message: &str, retry_after: Option<u64>) -> Response {
    let body = json!({ "error": { "code": code, "message": message } });
    let mut response = answer(StatusCode::from_u16(status).unwrap(), &body, retry_after);
    response.headers_mut().insert("x-ms-error-code", HeaderValue::from_str(code).unwrap());
    response
}

fn answer(status: StatusCode, body: &Value, retry_after: Option<u64>) -> Response {
    let mut response = (status, [(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response();
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    response
}
