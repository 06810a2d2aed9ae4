//! The contract as a document: any change of it shows in review.

use crate::support::{app::TestApp, contract};
use axum::http::StatusCode;
use std::collections::BTreeSet;

#[test]
fn the_document_is_the_one_that_was_reviewed() {
    insta::assert_json_snapshot!("openapi", contract::document());
}

#[test]
fn no_two_operations_have_one_name() {
    let paths = contract::document()["paths"].as_object().unwrap();
    let operations: Vec<_> = paths.values().flat_map(|item| item.as_object().unwrap().values()).collect();
    let names: BTreeSet<_> = operations.iter().map(|operation| operation["operationId"].as_str().unwrap()).collect();
    assert!(names.len() > 70 && names.len() == operations.len(), "{names:?}");
}

#[tokio::test]
async fn the_document_is_served_to_anyone() {
    let app = TestApp::start().await;
    let served = app.anonymous().get("/api/openapi.json").await.expect(StatusCode::OK);
    assert_eq!(&served.json(), contract::document());
}
