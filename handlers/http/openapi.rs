//! Function `openapi`: the contract as a document (OpenAPI 3.1), made from the route table.

use super::{answer::Answer, problem::ProblemBody, routes::openapi_document};
use std::sync::LazyLock;
use utoipa::openapi::{
    InfoBuilder, OpenApi, OpenApiBuilder,
    security::{ApiKey, ApiKeyValue, SecurityScheme},
};

static DOCUMENT: LazyLock<serde_json::Value> =
    LazyLock::new(|| serde_json::to_value(openapi_document()).expect("the document has string keys and serialises to memory"));

/// The document.
#[utoipa::path(get, path = "/api/openapi.json", tag = "openapi",
    responses((status = 200, body = serde_json::Value), (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
        (status = "5XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(super) async fn document() -> Answer {
    Answer::ok(&*DOCUMENT)
}

/// Title, version and the cookie; the routes are added to it.
#[must_use]
pub fn frame() -> OpenApi {
    let info = InfoBuilder::new().title("FinRust").version("1").description(Some(
        "Client files of financial advisers. Times are RFC 3339 UTC, money is euro cents, errors are RFC 9457 problems.",
    ));
    let cookie = SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new("__Host-finrust")));
    let components = utoipa::openapi::ComponentsBuilder::new().security_scheme("session", cookie).build();
    OpenApiBuilder::new().info(info.build()).components(Some(components)).build()
}
