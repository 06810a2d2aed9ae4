//! The contract as a document: a change of it shows in review.

use crate::support::{app::TestApp, contract};
use axum::http::StatusCode;

#[test]
fn the_document_is_the_one_that_was_reviewed() {
    insta::assert_json_snapshot!("openapi", contract::document());
}

#[tokio::test]
async fn the_document_is_served_to_anyone() {
    let app = TestApp::start().await;
    let served = app.anonymous().get("/api/openapi.json").await.expect(StatusCode::OK);
    assert_eq!(&served.json(), contract::document());
}
