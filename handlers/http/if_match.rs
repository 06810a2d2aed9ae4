//! The version that a caller has seen.

use super::problem::{Code, Problem};
use crate::ports::Etag;
use axum::http::{HeaderMap, header};

/// The one version that the caller has seen. `*` names none, and a weak tag never matches (RFC 9110 section 13.1.1).
///
/// # Errors
/// `version_missing` when none is named; `version_mismatch` when it can be none of ours.
pub(super) fn if_match(headers: &HeaderMap) -> Result<Etag, Problem> {
    let mut values = headers.get_all(header::IF_MATCH).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return Err(Problem::of(Code::VersionMissing));
    };
    match value.to_str().map(str::trim) {
        Ok("*" | "") => Err(Problem::of(Code::VersionMissing)),
        Ok(tag) => {
            let strong = tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"'));
            strong.map(|tag| Etag(tag.to_owned())).ok_or(Problem::of(Code::VersionMismatch))
        }
        Err(_) => Err(Problem::of(Code::VersionMismatch)),
    }
}
