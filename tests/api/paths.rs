//! Methods, paths and queries: only exact matches are served.

use crate::{
    bad_input::Office,
    clients::make,
    samples::{contents, example},
    support::app::TestApp,
};
use axum::http::{Method, StatusCode};
use finrust::http::routes::table;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

const UNKNOWN: &str = "3b241101-e2bb-4255-8caf-4136c566a962";
/// Paths that resemble ours but are not.
const NO_PATHS: &str = "
    /api /api/ /api/clients/ /api//clients //api/session /api/session/ /api/./session /api/x/../session /api/..%2fsession
    /api/%2e%2e/api/session /api%2fsession /api/%73ession /api/%2573ession /API/session /Api/session /api/session;x=1
    /api/session%00 /api/session.json /.env /.git/config /index.php /data/finrust.db /key-encryption-key /mail /openapi.json
    /api/openapi /.well-known /.well-known/ /maintenance /send-mail /..%2f..%2fetc%2fpasswd /%ff /api/%ff
    /problems /problems/ /problems/not_found/ /problems//not_found /problems/not_found/x /api/problems/not_found";
/// In place of an id; `ID` is one that exists.
const NO_IDS: &str = "ID%2f ID/ %2e%2e%2fID ID%00 ID%20 ID%252f ..%2fsession %2e%2e .. %ff %c0%af % %zz";
const BAD_QUERIES: &str = "
    limit=0 limit=201 limit=-1 limit=+1 limit=1.0 limit=0x1 limit= limit limit=%31 limit=99999999999999999999
    limit=1&limit=1 limit=1&limit=2 cursor= cursor=AAAA cursor=a%62 cursor=a&cursor=a Limit=1 offset=1 limit[]=1 x = %ff=1
    limit=1;cursor=2";

#[tokio::test]
async fn a_method_that_is_not_served_is_told_which_are() {
    let office = Office::open().await;
    let before = contents(&office.app);
    let mut served: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for route in table().into_iter().filter(|route| route.access != "Job") {
        let methods = served.entry(route.path).or_default();
        methods.extend(if route.method == "GET" { &["GET", "HEAD"][..] } else { std::slice::from_ref(&route.method) });
    }
    for (path, methods) in served {
        for method in ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW", "get"] {
            if methods.contains(method) {
                continue;
            }
            let request = office.adviser.request(method.parse().unwrap(), &path.replace("{id}", UNKNOWN));
            let reply = request.send().await;
            assert_eq!(reply.status, StatusCode::METHOD_NOT_ALLOWED, "{reply:?}");
            let allow: BTreeSet<_> = reply.header("allow").unwrap().split(',').map(str::trim).collect();
            assert_eq!(allow, methods, "{reply:?}");
            if method != "HEAD" {
                assert_eq!(reply.code(), "method_not_allowed");
            }
        }
    }
    assert_eq!(contents(&office.app), before);
}

#[tokio::test]
async fn only_the_exact_path_is_a_path() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let (file, _) = make(&anna, &example()).await;
    let id = file.rsplit('/').next().unwrap();
    let before = contents(&app);
    for path in NO_PATHS.split_whitespace() {
        for method in [Method::GET, Method::POST] {
            let reply = anna.request(method, path).json(json!({})).send().await;
            reply.expect_problem(StatusCode::NOT_FOUND, "not_found");
        }
    }
    let long = "x".repeat(4000);
    for id in NO_IDS.split_whitespace().map(|text| text.replace("ID", id)).chain([long]) {
        for (method, path) in [
            (Method::GET, format!("/api/clients/{id}")),
            (Method::DELETE, format!("/api/clients/{id}")),
            (Method::DELETE, format!("/api/sessions/{id}")),
        ] {
            anna.request(method, &path).send().await.expect_problem(StatusCode::NOT_FOUND, "not_found");
        }
    }
    assert_eq!(contents(&app), before);
    anna.get(&file).await.expect(StatusCode::OK);
}

#[tokio::test]
async fn officers_paths_are_exact_too() {
    let app = TestApp::start().await;
    let olga = app.officer("olga").await;
    for id in ["%ff", "%c0%af", "..", "%2e%2e%2fclients", "%"] {
        olga.post(&format!("/api/accounts/{id}/disable"), None).await.expect_problem(StatusCode::NOT_FOUND, "not_found");
        olga.get(&format!("/api/accounts/{id}/login-attempts")).await.expect_problem(StatusCode::NOT_FOUND, "not_found");
    }
}

#[tokio::test]
async fn lists_take_their_own_query_and_no_other() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    for query in BAD_QUERIES.split_whitespace() {
        let reply = anna.get(&format!("/api/login-attempts?{query}")).await;
        assert_eq!((reply.status, reply.code().as_str()), (StatusCode::UNPROCESSABLE_ENTITY, "invalid_fields"), "{query}");
    }
    let long = "A".repeat(4097);
    anna.get(&format!("/api/login-attempts?cursor={long}")).await.expect_problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid_fields");
    for query in ["", "limit=1", "limit=200", "&", "limit=7&"] {
        anna.get(&format!("/api/login-attempts?{query}")).await.expect(StatusCode::OK);
    }
}
