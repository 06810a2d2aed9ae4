//! The parameters that a path may have.

use super::problem::{Code, Problem};
use axum::{
    extract::{FromRequestParts, Path},
    http::request::Parts,
};

/// The id in a path, as it was sent. What is no text at all, such as `%ff`, is the id of nothing.
pub struct PathId(pub String);

impl<S: Send + Sync> FromRequestParts<S> for PathId {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let id = Path::<String>::from_request_parts(parts, state).await;
        id.map(|Path(id)| Self(id)).map_err(|_| Problem::of(Code::NotFound))
    }
}

/// The id and the number of a part in a path. What is no number is the part of nothing.
pub struct PathPart(pub String, pub u32);

impl<S: Send + Sync> FromRequestParts<S> for PathPart {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let both = Path::<(String, u32)>::from_request_parts(parts, state).await;
        both.map(|Path((id, part))| Self(id, part)).map_err(|_| Problem::of(Code::NotFound))
    }
}
