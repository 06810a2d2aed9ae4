//! The token endpoint of a managed identity as on App Service: plain http inside the sandbox, protected by a header.

use super::tokens;
use axum::{
    Router,
    extract::{RawQuery, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::json;
use std::{
    collections::HashMap,
    net::Ipv4Addr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};
use tokio::net::TcpListener;
use url::form_urlencoded;

const API_VERSION: &str = "2019-08-01";

/// One user-assigned identity.
pub struct Identity {
    /// For `IDENTITY_ENDPOINT`.
    pub endpoint: String,
    /// For `IDENTITY_HEADER`.
    pub header: String,
    asked: Arc<Mutex<Vec<String>>>,
    refuses: Arc<AtomicBool>,
}

#[derive(Clone)]
struct Known {
    client_id: String,
    header: String,
    asked: Arc<Mutex<Vec<String>>>,
    refuses: Arc<AtomicBool>,
}

impl Identity {
    /// Issues tokens to callers who name `client_id` and know the header, until the test's runtime ends.
    pub async fn start(client_id: &str) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let endpoint = format!("http://{}/msi/token", listener.local_addr().unwrap());
        let (header, asked, refuses) = ("853b9a84-5bfa-4b22-a3f3-0b9a43d9ad8a".to_owned(), Arc::default(), Arc::default());
        let known =
            Known { client_id: client_id.to_owned(), header: header.clone(), asked: Arc::clone(&asked), refuses: Arc::clone(&refuses) };
        let router = Router::new().route("/msi/token", get(token)).with_state(known);
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { endpoint, header, asked, refuses }
    }

    /// Whether it refuses every caller, as while the identity has not propagated yet.
    pub fn refuse(&self, refuses: bool) {
        self.refuses.store(refuses, Ordering::SeqCst);
    }

    /// The resources that tokens were issued for, in order.
    pub fn resources(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

async fn token(State(known): State<Known>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let query: HashMap<String, String> = form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned().collect();
    if known.refuses.load(Ordering::SeqCst) {
        return StatusCode::BAD_REQUEST.into_response();
    }
    let given = |name: &str| query.get(name).map_or("", String::as_str);
    if headers.get("x-identity-header").is_none_or(|value| value.as_bytes() != known.header.as_bytes()) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    if given("api-version") != API_VERSION || given("client_id") != known.client_id || given("resource").is_empty() {
        return StatusCode::BAD_REQUEST.into_response();
    }
    let resource = given("resource").to_owned();
    let (token, expires) = tokens::unsigned(&resource);
    known.asked.lock().unwrap().push(resource.clone());
    let body = json!({
        "access_token": token,
        "expires_on": expires.unix_timestamp().to_string(),
        "resource": resource,
        "token_type": "Bearer",
        "client_id": known.client_id,
    });
    ([(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}
