//! Path parameters.

use super::problem::{Code, Problem};
use axum::{
    extract::{FromRequestParts, Path},
    http::request::Parts,
};

/// The id in a path, as sent. One that is not valid UTF-8, such as `%ff`, matches nothing.
pub struct PathId(pub String);

impl<S: Send + Sync> FromRequestParts<S> for PathId {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let id = Path::<String>::from_request_parts(parts, state).await;
        id.map(|Path(id)| Self(id)).map_err(|_| Problem::of(Code::NotFound))
    }
}

/// The id and the part number in a path. A part that is not a number matches nothing.
pub struct PathPart(pub String, pub u32);

impl<S: Send + Sync> FromRequestParts<S> for PathPart {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let both = Path::<(String, u32)>::from_request_parts(parts, state).await;
        both.map(|Path((id, part))| Self(id, part)).map_err(|_| Problem::of(Code::NotFound))
    }
}
