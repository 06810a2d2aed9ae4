//! Azure Queue Storage over https on loopback (REST, "Put Message"), for tests that need no queue behind it.

use super::{https, tokens};
use axum::{
    Router,
    extract::{Path, RawQuery, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::post,
};
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};
use url::Url;

const AUDIENCE: &str = "https://storage.azure.com";
const REQUEST_ID: &str = "5f2c9a10-0003-0011-0aaa-5d9c11000000";

/// One queue of an account.
pub struct StorageQueue {
    /// For `FINRUST_MAIL_QUEUE`.
    pub url: Url,
    shared: Shared,
}

type Shared = Arc<Mutex<World>>;

#[derive(Default)]
struct World {
    messages: Vec<Put>,
    refusals: VecDeque<(u16, &'static str)>,
    asked: usize,
}

/// A message that was accepted.
#[derive(Clone)]
struct Put {
    text: String,
    token: String,
    query: String,
}

impl StorageQueue {
    /// Serves a queue named `mail` until the test's runtime ends.
    pub async fn start() -> Self {
        let shared = Shared::default();
        let router = Router::new().route("/{queue}/messages", post(put)).with_state(Arc::clone(&shared));
        let address = https::serve(router).await;
        Self { url: format!("https://{address}/mail").parse().unwrap(), shared }
    }

    /// The next request is refused with this status and code.
    pub fn refuse_next(&self, status: u16, code: &'static str) {
        self.shared.lock().unwrap().refusals.push_back((status, code));
    }

    /// The texts of the messages, oldest first.
    pub fn texts(&self) -> Vec<String> {
        self.each(|put| put.text.clone())
    }

    /// The bearer tokens of their requests.
    pub fn tokens(&self) -> Vec<String> {
        self.each(|put| put.token.clone())
    }

    /// Their query strings: how long messages are hidden and kept.
    pub fn queries(&self) -> Vec<String> {
        self.each(|put| put.query.clone())
    }

    /// The number of requests, including refusals.
    pub fn asked(&self) -> usize {
        self.shared.lock().unwrap().asked
    }

    fn each<T>(&self, part: impl Fn(&Put) -> T) -> Vec<T> {
        self.shared.lock().unwrap().messages.iter().map(part).collect()
    }
}

async fn put(State(shared): State<Shared>, Path(queue): Path<String>, query: RawQuery, headers: HeaderMap, body: String) -> Response {
    let mut world = shared.lock().unwrap();
    world.asked += 1;
    if let Some((status, code)) = world.refusals.pop_front() {
        return refusal(status, code);
    }
    let Some(token) = tokens::bearer(&headers).filter(|token| tokens::audience(token).as_deref() == Some(AUDIENCE)) else {
        return refusal(401, "InvalidAuthenticationInfo");
    };
    let is_xml = headers.get(header::CONTENT_TYPE).is_some_and(|value| value == "application/xml");
    if queue != "mail" {
        return refusal(404, "QueueNotFound");
    }
    let Some(text) = text(&body).filter(|_| is_xml && headers.contains_key("x-ms-version")) else {
        return refusal(400, "InvalidInput");
    };
    world.messages.push(Put { text, token, query: query.0.unwrap_or_default() });
    xml(StatusCode::CREATED, TAKEN)
}

/// The text of the one message in a body.
fn text(body: &str) -> Option<String> {
    let (_, rest) = body.split_once("<QueueMessage><MessageText>")?;
    let (text, _) = rest.split_once("</MessageText></QueueMessage>")?;
    Some(text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&apos;", "'").replace("&amp;", "&"))
}

const TAKEN: &str = "<?xml version=\"1.0\" encoding=\"utf-8\"?><QueueMessagesList><QueueMessage>\
    <MessageId>5974b586-0df3-4e2d-ad0c-18e3892bfca2</MessageId><InsertionTime>Mon, 23 Nov 2026 09:00:00 GMT</InsertionTime>\
    <ExpirationTime>Fri, 31 Dec 9999 23:59:59 GMT</ExpirationTime><PopReceipt>YzQ4Yzg1MDI=</PopReceipt>\
    <TimeNextVisible>Mon, 23 Nov 2026 09:00:00 GMT</TimeNextVisible></QueueMessage></QueueMessagesList>";

fn refusal(status: u16, code: &str) -> Response {
    let body = format!("<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>{code}</Code><Message>Not today.</Message></Error>");
    let mut response = xml(StatusCode::from_u16(status).unwrap(), &body);
    response.headers_mut().insert("x-ms-error-code", code.parse().unwrap());
    response
}

fn xml(status: StatusCode, body: &str) -> Response {
    (status, [(header::CONTENT_TYPE.as_str(), "application/xml"), ("x-ms-request-id", REQUEST_ID)], body.to_owned()).into_response()
}
