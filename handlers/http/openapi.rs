//! Function `openapi`: the contract as a document (OpenAPI 3.1), made from the route table.

use super::{answer::Answer, problem::ProblemBody, routes::openapi_document};
use axum::body::Bytes;
use std::sync::LazyLock;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        ComponentsBuilder, ContentBuilder, InfoBuilder, ObjectBuilder, OpenApi, OpenApiBuilder, Ref, RefOr, Response, ResponseBuilder,
        Type,
        path::{Operation, Parameter, ParameterBuilder, ParameterIn, PathItem},
        security::{ApiKey, ApiKeyValue, SecurityScheme},
    },
};

/// Serialised once and shared: slow readers hold no copies.
static DOCUMENT: LazyLock<Bytes> =
    LazyLock::new(|| serde_json::to_vec(&openapi_document()).expect("the document has string keys and serialises to memory").into());

/// Gets the OpenAPI document.
#[utoipa::path(get, path = "/api/openapi.json", tag = "openapi",
    responses((status = 200, body = serde_json::Value)))]
pub(super) async fn document() -> Answer {
    Answer::written(DOCUMENT.clone())
}

/// Before 1.1, a program cannot serve side by side with a later one (docs/upgrades.md); `infra/deploy.sh` checks this.
const INTERFACE: &str = "1.1";

/// Title, version and the cookie; the routes are added to it.
pub fn frame() -> OpenApi {
    let info = InfoBuilder::new().title("FinRust").version(INTERFACE).description(Some(
        "Client files of financial advisers. Times are RFC 3339 UTC, money is euro cents, errors are RFC 9457 problems. \
         Answers may hold values of closed sets that a client does not know; requests may not.",
    ));
    let cookie = SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new("__Host-finrust")));
    let mut schemas = vec![(PROBLEM.to_owned(), ProblemBody::schema())];
    ProblemBody::schemas(&mut schemas);
    let components = ComponentsBuilder::new().security_scheme("session", cookie).schemas_from_iter(schemas).build();
    OpenApiBuilder::new().info(info.build()).components(Some(components)).build()
}

/// The responses by which every operation may refuse: a problem, for any status.
pub(super) fn refusals() -> [(String, RefOr<Response>); 2] {
    let problem = ContentBuilder::new().schema(Some(Ref::from_schema_name(PROBLEM))).build();
    let refusal =
        |description| ResponseBuilder::new().description(description).content("application/problem+json", problem.clone()).build();
    let of_client = refusal("The request is refused (RFC 9457)");
    let of_server = refusal("Temporarily unavailable, or an internal error (RFC 9457)");
    [("4XX".to_owned(), of_client.into()), ("5XX".to_owned(), of_server.into())]
}

/// The header with the account whose screen sends the request; for another account nothing is done.
pub(super) fn account() -> Parameter {
    let id = ObjectBuilder::new().schema_type(Type::String).pattern(Some("^[A-Za-z0-9_-]{43}$")).build();
    let says = "The id of the account that the screen is of; 409 `other_account` when another is signed in";
    ParameterBuilder::new().name("FinRust-Account").parameter_in(ParameterIn::Header).description(Some(says)).schema(Some(id)).build()
}

/// The idempotency key, chosen by the client.
pub(super) fn idempotency_key() -> Parameter {
    let pattern = "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$";
    let key = ObjectBuilder::new().schema_type(Type::String).pattern(Some(pattern)).build();
    let says = "A UUID for this one intention. The same request with the same key is done once, and a repeat is answered with what has \
        become of it; with another body: 409 `idempotency_key_reused`. A refusal uses no key up";
    ParameterBuilder::new().name("Idempotency-Key").parameter_in(ParameterIn::Header).description(Some(says)).schema(Some(key)).build()
}

const PROBLEM: &str = "ProblemBody";

/// The operations of a path, each with a unique operation id as the specification requires: `get_clients_id`.
pub(super) fn operations<'a>(path: &str, item: &'a mut PathItem) -> impl Iterator<Item = (String, &'a mut Operation)> {
    let words = path.trim_start_matches("/api/").replace(['/', '-', '.'], "_").replace(['{', '}'], "");
    let methods = [("get", &mut item.get), ("put", &mut item.put), ("post", &mut item.post), ("delete", &mut item.delete)];
    methods.into_iter().filter_map(move |(method, operation)| Some((format!("{method}_{words}"), operation.as_mut()?)))
}
