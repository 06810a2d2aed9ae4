//! Append blobs of Azure Blob Storage over https on loopback (REST, "Put Blob", "Append Block", "Get Blob"), in one container.

use super::{https, tokens};
use axum::{
    Router,
    body::Bytes,
    extract::{Path, RawQuery, State},
    http::{HeaderMap, Method, StatusCode, header},
    response::{IntoResponse, Response},
    routing::any,
};
use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex},
};
use url::Url;

const AUDIENCE: &str = "https://storage.azure.com";
const REQUEST_ID: &str = "7a0d4c51-0003-0022-0bbb-6e8d22000000";

/// A container named `erasures`.
pub struct BlobStorage {
    /// For `FINRUST_ERASURE_LOG`.
    pub url: Url,
    shared: Shared,
}

type Shared = Arc<Mutex<World>>;

struct World {
    blobs: BTreeMap<String, Vec<Vec<u8>>>,
    /// Most blocks of a blob; the real limit is 50,000.
    most_blocks: usize,
    trouble: VecDeque<Trouble>,
    tokens: Vec<String>,
    asked: Vec<String>,
}

/// How a request fails.
enum Trouble {
    Refused(u16, &'static str),
    /// Executed, but the response says otherwise.
    AnswerLost,
}

impl BlobStorage {
    /// Serves until the test's runtime ends.
    pub async fn start() -> Self {
        Self::with_blocks(50_000).await
    }

    /// With at most so many blocks per blob.
    pub async fn with_blocks(most_blocks: usize) -> Self {
        let world = World { blobs: BTreeMap::new(), most_blocks, trouble: VecDeque::new(), tokens: Vec::new(), asked: Vec::new() };
        let shared = Arc::new(Mutex::new(world));
        let router = Router::new().route("/{container}/{blob}", any(serve)).with_state(Arc::clone(&shared));
        let address = https::serve(router).await;
        Self { url: format!("https://{address}/erasures/log").parse().unwrap(), shared }
    }

    /// The next request is refused with this status and code.
    pub fn refuse_next(&self, status: u16, code: &'static str) {
        self.shared.lock().unwrap().trouble.push_back(Trouble::Refused(status, code));
    }

    /// The next request is executed, but answered with a failure.
    pub fn lose_next_answer(&self) {
        self.shared.lock().unwrap().trouble.push_back(Trouble::AnswerLost);
    }

    /// The contents of each blob.
    pub fn blobs(&self) -> Vec<(String, String)> {
        let text = |blocks: &Vec<Vec<u8>>| String::from_utf8(blocks.concat()).unwrap();
        self.shared.lock().unwrap().blobs.iter().map(|(name, blocks)| (name.clone(), text(blocks))).collect()
    }

    /// Creates a blob with this content, as another instance would.
    pub fn put(&self, name: &str, content: &str) {
        let blocks = if content.is_empty() { Vec::new() } else { vec![content.as_bytes().to_vec()] };
        self.shared.lock().unwrap().blobs.insert(name.to_owned(), blocks);
    }

    /// The bearer tokens of all requests.
    pub fn tokens(&self) -> Vec<String> {
        self.shared.lock().unwrap().tokens.clone()
    }

    /// Method and blob of each request since the last call.
    pub fn take_asked(&self) -> Vec<String> {
        std::mem::take(&mut self.shared.lock().unwrap().asked)
    }
}

async fn serve(
    State(shared): State<Shared>,
    method: Method,
    Path((container, blob)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut world = shared.lock().unwrap();
    let query = query.unwrap_or_default();
    world.asked.push(format!("{method} {blob} {query}").trim_end().to_owned());
    let Some(token) = tokens::bearer(&headers).filter(|token| tokens::audience(token).as_deref() == Some(AUDIENCE)) else {
        return refusal(401, "InvalidAuthenticationInfo");
    };
    world.tokens.push(token);
    let trouble = world.trouble.pop_front();
    if let Some(Trouble::Refused(status, code)) = trouble {
        return refusal(status, code);
    }
    if container != "erasures" {
        return refusal(404, "ContainerNotFound");
    }
    let is_append = headers.get("x-ms-blob-type").is_some_and(|kind| kind == "AppendBlob");
    let answer = match (method, query.as_str()) {
        (Method::PUT, "") if is_append => create(&mut world, blob, &headers),
        (Method::PUT, "comp=appendblock") => append(&mut world, &blob, &body),
        (Method::GET, "") => get(&world, &blob, &headers),
        _ => refusal(400, "InvalidInput"),
    };
    if matches!(trouble, Some(Trouble::AnswerLost)) { refusal(500, "OperationTimedOut") } else { answer }
}

fn create(world: &mut World, blob: String, headers: &HeaderMap) -> Response {
    let only_new = headers.get(header::IF_NONE_MATCH).is_some_and(|value| value == "*");
    if only_new && world.blobs.contains_key(&blob) {
        return refusal(409, "BlobAlreadyExists");
    }
    // Without the condition, the service overwrites an existing blob.
    world.blobs.insert(blob, Vec::new());
    answer(StatusCode::CREATED, &[], Vec::new())
}

fn append(world: &mut World, blob: &str, block: &[u8]) -> Response {
    let most = world.most_blocks;
    match world.blobs.get_mut(blob) {
        None => refusal(404, "BlobNotFound"),
        Some(blocks) if blocks.len() >= most => refusal(409, "BlockCountExceedsLimit"),
        Some(_) if block.is_empty() => refusal(400, "InvalidInput"),
        Some(blocks) => {
            blocks.push(block.to_vec());
            answer(StatusCode::CREATED, &[], Vec::new())
        }
    }
}

/// The whole blob, or the requested range; a range of an empty blob cannot be satisfied.
fn get(world: &World, blob: &str, headers: &HeaderMap) -> Response {
    let Some(blocks) = world.blobs.get(blob) else {
        return refusal(404, "BlobNotFound");
    };
    let content = blocks.concat();
    let range = ["x-ms-range", "range"].iter().find_map(|name| headers.get(*name)).and_then(|value| value.to_str().ok());
    let Some((first, last)) = range.and_then(|range| range.strip_prefix("bytes=")?.split_once('-')) else {
        return answer(StatusCode::OK, &[], content);
    };
    let (first, last): (usize, usize) = (first.parse().unwrap(), last.parse().unwrap_or(usize::MAX));
    if first >= content.len() {
        return refusal(416, "InvalidRange");
    }
    let end = last.saturating_add(1).min(content.len());
    let place = format!("bytes {first}-{}/{}", end - 1, content.len());
    answer(StatusCode::PARTIAL_CONTENT, &[("content-range", &place)], content[first..end].to_vec())
}

fn answer(status: StatusCode, more: &[(&'static str, &str)], body: Vec<u8>) -> Response {
    let mut response = (status, [("x-ms-request-id", REQUEST_ID), ("etag", "\"0x8DE2BC0\"")], body).into_response();
    for (name, value) in more {
        response.headers_mut().insert(*name, value.parse().unwrap());
    }
    response.headers_mut().insert("x-ms-blob-type", "AppendBlob".parse().unwrap());
    response.headers_mut().insert(header::CONTENT_TYPE, "application/octet-stream".parse().unwrap());
    response
}

fn refusal(status: u16, code: &str) -> Response {
    let body = format!("<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>{code}</Code><Message>Not today.</Message></Error>");
    let headers = [(header::CONTENT_TYPE.as_str(), "application/xml"), ("x-ms-request-id", REQUEST_ID), ("x-ms-error-code", code)];
    (StatusCode::from_u16(status).unwrap(), headers, body).into_response()
}
