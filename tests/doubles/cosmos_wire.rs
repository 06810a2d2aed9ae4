//! The emulator behind https, for a program that has its own SDK: what goes over the wire is what Cosmos DB would be sent.

use super::{
    emulator::{Emulator, REGION},
    https, tokens,
};
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
use azure_data_cosmos_driver::in_memory_emulator::{VirtualAccountConfig, VirtualRegion};
use std::sync::{Arc, Mutex, OnceLock};

/// An account that answers until the test's runtime ends.
pub struct CosmosWire {
    /// For `FINRUST_COSMOS_ENDPOINT`.
    pub endpoint: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

/// A request as it came.
#[derive(Debug)]
pub struct Asked {
    #[expect(dead_code, reason = "for the reader of a failed test")]
    what: String,
    /// Whom its token was for; `None` when it carried anything else.
    pub audience: Option<String>,
}

impl CosmosWire {
    pub async fn start() -> Self {
        let (inside, asked) = (Arc::new(OnceLock::<Arc<Emulator>>::new()), Arc::<Mutex<Vec<Asked>>>::default());
        let (emulator, log) = (Arc::clone(&inside), Arc::clone(&asked));
        let handler = move |request: HttpRequest| {
            let (emulator, log) = (Arc::clone(emulator.get().expect("nobody knows the address yet")), Arc::clone(&log));
            async move { answer(&emulator, &log, request).await }
        };
        let address = https::serve(Router::new().fallback(handler)).await;
        let endpoint = format!("https://{address}/");
        let region = VirtualRegion::new(REGION, endpoint.parse().unwrap());
        inside.get_or_init(|| Emulator::of(VirtualAccountConfig::new(vec![region]).unwrap(), 1));
        Self { endpoint, asked }
    }

    /// Everything that was asked, and forgets it.
    pub fn take_asked(&self) -> Vec<Asked> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }
}

async fn answer(emulator: &Emulator, log: &Mutex<Vec<Asked>>, request: HttpRequest) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    let audience = audience(&parts.headers);
    log.lock().unwrap().push(Asked { what: format!("{} {}", parts.method, parts.uri.path()), audience });
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
    // HTTP/2 has the authority in the address, HTTP/1.1 in a header.
    let authority = uri.authority().map_or_else(|| headers["host"].to_str().unwrap(), |authority| authority.as_str());
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let mut request = Request::new(format!("https://{authority}{path}").parse().unwrap(), method.as_str().parse().unwrap());
    for (name, value) in headers {
        request.insert_header(HeaderName::from(name.as_str().to_owned()), HeaderValue::from(value.to_str().unwrap().to_owned()));
    }
    request.set_body(body.to_vec());
    request
}

/// Cosmos DB wants its token inside a value that is percent-encoded as a whole: `type=aad&ver=1.0&sig=<token>`.
fn audience(headers: &HeaderMap) -> Option<String> {
    let value = headers.get("authorization")?.to_str().ok()?;
    tokens::audience(value.strip_prefix("type%3Daad%26ver%3D1.0%26sig%3D")?)
}
