//! The emulator behind https, for a program that has its own SDK: the wire traffic is what Cosmos DB would receive.

use axum::{
    Router,
    body::Bytes,
    extract::Request as HttpRequest,
    http::{HeaderMap, Method, Uri},
    response::{IntoResponse, Response},
};
use azure_core::http::{
    Request,
    headers::{HeaderName, HeaderValue},
};
use azure_data_cosmos::{FeedScope, Query, clients::ContainerClient};
use azure_data_cosmos_driver::in_memory_emulator::{ConsistencyLevel, VirtualAccountConfig, VirtualRegion};
use finrust::ports::Container;
use futures::StreamExt;
use serde_json::Value;
use std::sync::{Arc, Mutex, OnceLock};
use test_support::doubles::{
    cosmos::{Emulator, REGION},
    https, tokens,
};
use tokio::runtime::Handle;

/// An account that serves until the test's runtime ends.
pub struct CosmosWire {
    /// For `FINRUST_COSMOS_ENDPOINT`.
    pub endpoint: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    refusal: Arc<Mutex<Option<Refusal>>>,
    inside: Arc<OnceLock<Arc<Emulator>>>,
    runtime: Handle,
}

/// The refusal of commits, which are then not executed.
#[derive(Clone, Copy, Debug)]
pub struct Refusal {
    pub status: u16,
    pub sub_status: u16,
}

/// A request as received.
#[derive(Debug)]
pub struct Asked {
    /// Method and path.
    pub what: String,
    /// The audience of its token; `None` when it carried anything else.
    pub audience: Option<String>,
    /// The partition that a commit was for, as a JSON list.
    pub commits_to: Option<String>,
}

impl CosmosWire {
    pub async fn start(level: ConsistencyLevel) -> Self {
        let (inside, asked) = (Arc::new(OnceLock::<Arc<Emulator>>::new()), Arc::<Mutex<Vec<Asked>>>::default());
        let refusal = Arc::<Mutex<Option<Refusal>>>::default();
        let (emulator, log, refusing) = (Arc::clone(&inside), Arc::clone(&asked), Arc::clone(&refusal));
        let handler = move |request: HttpRequest| {
            let (emulator, log) = (Arc::clone(emulator.get().expect("nobody knows the address yet")), Arc::clone(&log));
            let refusing = Arc::clone(&refusing);
            async move { answer(&emulator, &log, &refusing, request).await }
        };
        let address = https::serve(Router::new().fallback(handler)).await;
        let endpoint = format!("https://{address}/");
        let region = VirtualRegion::new(REGION, endpoint.parse().unwrap());
        inside.get_or_init(|| Emulator::of(VirtualAccountConfig::new(vec![region]).unwrap().with_consistency(level), 1));
        Self { endpoint, asked, refusal, inside, runtime: Handle::current() }
    }

    /// Removes the documents of a partition of keys, and returns them.
    pub fn take_keys(&self, partition: &str) -> Vec<Value> {
        self.runtime.block_on(async {
            let keys = self.keys().await;
            let scope = FeedScope::partition(partition.to_owned());
            let mut pages = keys.query_items::<Value>(Query::from("SELECT * FROM c"), scope, None).await.unwrap().into_pages();
            let mut taken = Vec::new();
            while let Some(page) = pages.next().await {
                taken.extend(page.unwrap().into_items());
            }
            for document in &taken {
                keys.delete_item(partition.to_owned(), document["id"].as_str().unwrap(), None).await.unwrap();
            }
            taken
        })
    }

    /// Puts documents of keys back as they were.
    pub fn put_keys(&self, documents: Vec<Value>) {
        self.runtime.block_on(async {
            let keys = self.keys().await;
            for document in documents {
                let own = document.as_object().unwrap().iter().filter(|(name, _)| !name.starts_with('_'));
                let own: Value = own.map(|(name, value)| (name.clone(), value.clone())).collect::<serde_json::Map<_, _>>().into();
                let partition = own["partition"].as_str().unwrap().to_owned();
                keys.create_item(partition, own["id"].as_str().unwrap(), own.clone(), None).await.unwrap();
            }
        });
    }

    async fn keys(&self) -> ContainerClient {
        let database = self.inside.get().unwrap().database(Vec::new()).await;
        database.container_client(Container::Keys.name(), None).await.unwrap()
    }

    /// From now on refuses every commit this way, or executes commits again.
    pub fn refuse_commits(&self, refusal: Option<Refusal>) {
        *self.refusal.lock().unwrap() = refusal;
    }

    /// All requests so far; clears the list.
    pub fn take_asked(&self) -> Vec<Asked> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }
}

async fn answer(emulator: &Emulator, log: &Mutex<Vec<Asked>>, refusing: &Mutex<Option<Refusal>>, request: HttpRequest) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    let audience = audience(&parts.headers);
    let commits_to = parts.headers.get("x-ms-cosmos-is-batch-request").and_then(|_| parts.headers.get("x-ms-documentdb-partitionkey"));
    let commits_to = commits_to.map(|partition| partition.to_str().unwrap().to_owned());
    let refusal = *refusing.lock().unwrap();
    let refused = commits_to.as_ref().and(refusal);
    log.lock().unwrap().push(Asked { what: format!("{} {}", parts.method, parts.uri.path()), audience, commits_to });
    if let Some(Refusal { status, sub_status }) = refused {
        let body = r#"{"code":"Forbidden","message":"Not today."}"#;
        let refused = Response::builder().status(status).header("x-ms-substatus", sub_status).header("content-type", "application/json");
        return refused.header("x-ms-activity-id", "7a0d4c51-0003-0022-0bbb-6e8d22000000").body(body.into()).unwrap();
    }
    let Ok(answer) = emulator.execute(&translated(&parts.method, &parts.uri, &parts.headers, &body)).await else {
        return axum::http::StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let answer = answer.try_into_raw_response().await.unwrap();
    let mut response = Response::builder().status(u16::from(answer.status()));
    for (name, value) in answer.headers().iter().filter(|(name, _)| name.as_str() != "content-length") {
        response = response.header(name.as_str(), value.as_str());
    }
    response.body(answer.body().to_vec().into()).unwrap()
}

fn translated(method: &Method, uri: &Uri, headers: &HeaderMap, body: &Bytes) -> Request {
    // HTTP/2 has the authority in the URI, HTTP/1.1 in a header.
    let authority = uri.authority().map_or_else(|| headers["host"].to_str().unwrap(), |authority| authority.as_str());
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let mut request = Request::new(format!("https://{authority}{path}").parse().unwrap(), method.as_str().parse().unwrap());
    for (name, value) in headers {
        request.insert_header(HeaderName::from(name.as_str().to_owned()), HeaderValue::from(value.to_str().unwrap().to_owned()));
    }
    request.set_body(body.to_vec());
    request
}

/// Cosmos DB expects its token inside a value that is percent-encoded as a whole: `type=aad&ver=1.0&sig=<token>`.
fn audience(headers: &HeaderMap) -> Option<String> {
    let value = headers.get("authorization")?.to_str().ok()?;
    tokens::audience(value.strip_prefix("type%3Daad%26ver%3D1.0%26sig%3D")?)
}
