//! The responses of the OpenAPI document: every status by which an operation may refuse, and what successes and their headers mean.
//!
//! Which refusals are possible follows from the access rule, the method and the parameters. An operation names in its own declaration
//! only those that do not: attempts that are counted, say. What remains, such as an unknown method, is the `default`.

use super::{
    access::Access,
    openapi_shapes::{reference, schemas_of},
    problem::Code,
};
use axum::http::StatusCode;
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use utoipa::openapi::{
    ContentBuilder, HeaderBuilder, ObjectBuilder, Ref, RefOr, Response, ResponseBuilder, Type,
    path::{Operation, ParameterIn},
};

/// The response with any other refusal.
const OTHER: &str = "Refused";

/// Every refusal as a reusable response, by the name of its status.
pub(super) fn components() -> Vec<(String, Response)> {
    // No operation answers that its method is unknown.
    let statuses = Code::ALL.iter().map(|code| code.status()).filter(|status| *status != StatusCode::METHOD_NOT_ALLOWED);
    let statuses: BTreeSet<_> = statuses.collect();
    let named = statuses.into_iter().map(|status| (name(status), refusal(&says(status), Some(status))));
    let other = refusal("The request is refused, or it failed (RFC 9457).", None);
    named.chain([(OTHER.to_owned(), other)]).collect()
}

fn name(status: StatusCode) -> String {
    status.canonical_reason().unwrap_or(OTHER).split(' ').collect()
}

/// The codes of a status, each with its title.
fn says(status: StatusCode) -> String {
    let codes = Code::ALL.iter().filter(|code| code.status() == status);
    codes.map(|code| format!("`{}`: {}", code.name(), code.title())).collect::<Vec<_>>().join("\n")
}

fn refusal(says: &str, status: Option<StatusCode>) -> Response {
    let problem = ContentBuilder::new().schema(Some(Ref::from_schema_name("ProblemBody"))).build();
    let response = ResponseBuilder::new().description(says).content("application/problem+json", problem);
    let waits = matches!(status, Some(StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE));
    if !waits {
        return response.build();
    }
    let seconds = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1));
    response.header("Retry-After", HeaderBuilder::new().schema(Some(seconds)).description(Some("Seconds to wait")).build()).build()
}

/// Adds to an operation the refusals that follow from its access rule, its method and its parameters.
pub(super) fn refuse(access: Access, changes: bool, operation: &mut Operation) {
    let has = |name: &str| parameters(operation).any(|(known, _)| known == name);
    let has_path = parameters(operation).any(|(_, place)| place == ParameterIn::Path);
    let mut codes = vec![Code::HttpsRequired, Code::InvalidFields, Code::Internal, Code::Unavailable];
    if changes {
        codes.extend([Code::MalformedJson, Code::UnsupportedMediaType, Code::TooLarge, Code::RequestTimeout]);
    }
    if access != Access::Public {
        codes.push(Code::NotSignedIn);
    }
    if has("FinRust-Account") {
        codes.push(Code::OtherAccount);
    }
    if matches!(access, Access::SecondFactorDue | Access::NewPasswordDue) {
        codes.push(Code::WrongStep);
    }
    if has_path {
        codes.push(Code::NotFound);
    }
    if has("If-Match") {
        codes.extend([Code::VersionMissing, Code::VersionMismatch]);
    }
    let responses = &mut operation.responses.responses;
    let declared =
        responses.keys().filter_map(|status| status.parse().ok()).filter(|status| is_refusal(*status)).collect::<Vec<StatusCode>>();
    for status in codes.into_iter().map(Code::status).chain(declared) {
        responses.insert(status.as_str().to_owned(), component(&name(status)));
    }
    responses.insert("default".to_owned(), component(OTHER));
}

fn parameters(operation: &Operation) -> impl Iterator<Item = (&str, ParameterIn)> {
    let parameters = operation.parameters.iter().flatten();
    parameters.filter_map(|parameter| match parameter {
        RefOr::T(parameter) => Some((parameter.name.as_str(), parameter.parameter_in.clone())),
        RefOr::Ref(_) => None,
    })
}

fn is_refusal(status: StatusCode) -> bool {
    status.is_client_error() || status.is_server_error()
}

fn component(name: &str) -> RefOr<Response> {
    Ref::new(format!("#/components/responses/{name}")).into()
}

/// What the headers of responses mean.
const HEADERS: [(&str, &str); 5] = [
    ("ETag", "The version of what is shown, for `If-Match`"),
    ("Location", "The path of what was made"),
    ("Cache-Control", "How long the answer may be kept"),
    ("Clear-Site-Data", "Tells a browser to forget what it keeps of this site"),
    (
        "Set-Cookie",
        "One header per cookie: `__Host-finrust`, the session, and where a browser becomes known or is recognised also \
         `__Host-finrust-device`. Both are `Secure; HttpOnly; SameSite=Strict; Path=/`",
    ),
];

/// Describes every response and header that says nothing itself, and lets no optional body be `null`.
pub(super) fn describe(document: &mut Value) {
    let schemas = schemas_of(document).cloned().unwrap_or_default();
    let Some(paths) = document["paths"].as_object_mut() else { return };
    let operations = paths.values_mut().filter_map(Value::as_object_mut).flat_map(Map::values_mut);
    for operation in operations {
        let optional = operation.pointer_mut("/requestBody/content/application~1json/schema");
        if let Some(schema) = optional
            && let Some(one) = schema.get("oneOf").and_then(Value::as_array)
        {
            *schema = one.iter().find(|item| reference(item).is_some()).cloned().unwrap_or_default();
        }
        for (status, response) in operation["responses"].as_object_mut().into_iter().flatten() {
            describe_response(status, response, &schemas);
        }
    }
}

fn describe_response(status: &str, response: &mut Value, schemas: &Map<String, Value>) {
    let Some(response) = response.as_object_mut().filter(|response| !response.contains_key("$ref")) else { return };
    if response.get("description").is_none_or(|says| says == "") {
        let schema = response.get("content").and_then(|content| content.pointer("/application~1json/schema"));
        let says = schema.and_then(reference).and_then(|name| schemas.get(name)?.get("description")).cloned();
        let plain = match status {
            "204" => "Done; there is no body.",
            "304" => "Unchanged; there is no body.",
            _ => "The operation succeeded.",
        };
        response.insert("description".to_owned(), says.unwrap_or_else(|| plain.into()));
    }
    for (name, header) in response.get_mut("headers").and_then(Value::as_object_mut).into_iter().flatten() {
        if let Some((_, says)) = HEADERS.iter().find(|(known, _)| known == name)
            && header.get("description").is_none()
        {
            header["description"] = (*says).into();
        }
    }
}
