//! Function `openapi`: the contract as a document (OpenAPI 3.1), made from the route table.

use super::{answer::Answer, openapi_answers, openapi_members, openapi_shapes, problem::ProblemBody, routes::openapi_document};
use axum::body::Bytes;
use serde_json::Value;
use std::sync::LazyLock;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        ComponentsBuilder, InfoBuilder, LicenseBuilder, ObjectBuilder, OpenApi, OpenApiBuilder, ServerBuilder, Type,
        path::{Operation, Parameter, ParameterBuilder, ParameterIn, PathItem},
        security::{ApiKey, ApiKeyValue, SecurityScheme},
        tag::{Tag, TagBuilder},
    },
};

/// Serialised once and shared: slow readers hold no copies.
static DOCUMENT: LazyLock<Bytes> =
    LazyLock::new(|| serde_json::to_vec(&openapi_document()).expect("the document has string keys and serialises to memory").into());

/// Gets the OpenAPI document.
#[utoipa::path(get, path = "/api/openapi.json", tag = "openapi",
    responses((status = 200, description = "The OpenAPI document of this version.", body = serde_json::Value)))]
pub(super) async fn document() -> Answer {
    Answer::written(DOCUMENT.clone())
}

/// Before 1.1, a program cannot serve side by side with a later one (docs/upgrades.md); `infra/deploy.sh` checks this.
const INTERFACE: &str = "1.1";

/// What an operation is about, by its tag.
const TAGS: [(&str, &str); 23] = [
    ("account", "The signed-in user's own account"),
    ("accounts", "All accounts, for officers"),
    ("breach-letters", "Letters about data breaches that an adviser received"),
    ("breaches", "The register of data breaches, for officers; anybody reports a suspicion"),
    ("browsers", "Browsers that have signed in to the own account before"),
    ("clients", "Client files of the signed-in adviser"),
    ("exports", "All own client files as one document"),
    ("hand-overs", "Moves of an adviser's files to a successor"),
    ("health", "Whether the service works"),
    ("imports", "Client files from a table"),
    ("login", "The steps of signing in"),
    ("login-attempts", "Attempts to sign in to the own account"),
    ("logout", "Ends a session"),
    ("openapi", "This interface as an OpenAPI document"),
    ("organisation", "The firm that runs this deployment, and its role for client files"),
    ("password-check", "Judges a password before it is chosen"),
    ("password-reset", "A one-time password by e-mail"),
    ("processors", "The register of sub-processors, for officers; a part of it is public"),
    ("requests", "The register of requests of data subjects"),
    ("retention", "How long client files are kept"),
    ("session", "The session of the request"),
    ("sessions", "All sessions of the own account"),
    ("two-factor", "The second factor of the own account"),
];

/// What is said about the service as a whole; the routes are added to it.
pub fn frame() -> OpenApi {
    // The SPDX expression is in Cargo.toml.
    let license = LicenseBuilder::new().name(env!("CARGO_PKG_LICENSE")).identifier(Some(env!("CARGO_PKG_LICENSE")));
    let info = InfoBuilder::new().title("FinRust").version(INTERFACE).license(Some(license.build())).description(Some(
        "Client files of financial advisers. Times are RFC 3339 UTC, money is euro cents, errors are RFC 9457 problems. \
         Answers may hold values of closed sets that a client does not know, and members that this document does not name; requests may not.",
    ));
    let server = ServerBuilder::new().url("/").description(Some("The host that serves this document"));
    let tag = |(name, says)| -> Tag { TagBuilder::new().name(name).description(Some(says)).build() };
    let cookie = SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new("__Host-finrust")));
    let mut schemas = vec![("ProblemBody".to_owned(), ProblemBody::schema())];
    ProblemBody::schemas(&mut schemas);
    let components = ComponentsBuilder::new().security_scheme("session", cookie).schemas_from_iter(schemas);
    let components = components.responses_from_iter(openapi_answers::components()).build();
    let document = OpenApiBuilder::new().info(info.build()).servers(Some([server.build()])).tags(Some(TAGS.map(tag)));
    document.components(Some(components)).build()
}

/// The document as it is published.
pub(super) fn finish(document: &OpenApi) -> Value {
    let mut document = serde_json::to_value(document).expect("the document has string keys");
    openapi_shapes::simplify(&mut document);
    openapi_members::describe(&mut document);
    openapi_shapes::tidy(&mut document);
    openapi_answers::describe(&mut document);
    document
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

/// The operations of a path, each with a unique operation id as the specification requires: `get_clients_id`.
pub(super) fn operations<'a>(path: &str, item: &'a mut PathItem) -> impl Iterator<Item = (String, &'a mut Operation)> {
    let words = path.trim_start_matches("/api/").replace(['/', '-', '.'], "_").replace(['{', '}'], "");
    let methods = [("get", &mut item.get), ("put", &mut item.put), ("post", &mut item.post), ("delete", &mut item.delete)];
    methods.into_iter().filter_map(move |(method, operation)| Some((format!("{method}_{words}"), operation.as_mut()?)))
}
