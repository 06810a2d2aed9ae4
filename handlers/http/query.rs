//! Query parameters: only those of the operation, each at most once. Lists take `limit` and `cursor`.

use super::problem::Problem;
use crate::{
    domain::{
        exports::ExportPlace,
        wire::fields::{FieldCode, FieldError, InvalidFields},
    },
    number_value, text_value,
};
use axum::{extract::FromRequestParts, http::request::Parts};
use std::{collections::HashSet, sync::Arc};
use utoipa::openapi::{
    RefOr,
    path::{Operation, ParameterIn},
};

/// Default page size.
const DEFAULT_LIMIT: u16 = 50;
/// Largest page size.
const MAX: u16 = 200;
/// How many characters of a parameter's name an error repeats.
const MAX_NAME: usize = 64;
/// Longest cursor.
const MAX_CURSOR_CHARACTERS: usize = 4096;

/// The size of a page, where the body of a search says it.
pub struct PageSize(pub usize);

impl Default for PageSize {
    fn default() -> Self {
        Self(DEFAULT_LIMIT.into())
    }
}

number_value!(PageSize, 1..=MAX.into() => |limit| {
    usize::try_from(limit).ok().filter(|limit| (1..=usize::from(MAX)).contains(limit)).map(PageSize).ok_or(FieldCode::OutOfRange)
});

/// A cursor in the body of a search. Whether it is one is seen when it is opened.
pub struct CursorText(pub String);

text_value!(CursorText => |text| {
    if text.len() <= MAX_CURSOR_CHARACTERS { Ok(CursorText(text.to_owned())) } else { Err(FieldCode::TooLong) }
});

/// The query parameters of an operation, as its OpenAPI document names them. An unknown one would otherwise be silently ignored, and a
/// duplicate could be read differently by another party.
#[derive(Clone)]
pub struct Parameters(Arc<[String]>);

impl Parameters {
    /// The parameters of this operation.
    pub fn of(operation: &Operation) -> Self {
        let all = operation.parameters.iter().flatten();
        let names = all.filter_map(|parameter| match parameter {
            RefOr::T(parameter) => (parameter.parameter_in == ParameterIn::Query).then(|| parameter.name.clone()),
            RefOr::Ref(_) => None,
        });
        Self(names.collect())
    }

    /// Reports unknown and duplicate parameters. Values are checked where they are read.
    ///
    /// # Errors
    /// Every such name.
    pub fn judge(&self, query: &str) -> Result<(), Problem> {
        let (mut seen, mut errors) = (HashSet::new(), Vec::new());
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let name = pair.split_once('=').map_or(pair, |(name, _)| name);
            let code = match (self.0.iter().any(|known| known == name), seen.insert(name)) {
                (true, false) => FieldCode::Repeated,
                (false, true) => FieldCode::UnknownField,
                (true, true) | (false, false) => continue,
            };
            errors.push(FieldError::of(pointer(name), code));
        }
        if errors.is_empty() { Ok(()) } else { Err(Problem::fields(InvalidFields(errors))) }
    }
}

/// The name as a JSON pointer, percent-decoded and truncated.
fn pointer(name: &str) -> String {
    let (mut bytes, mut rest) = (Vec::new(), name.as_bytes());
    while let [first, after @ ..] = rest {
        let hex = after.get(..2).and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok());
        let (byte, taken) = if *first == b'%' { hex.map_or((b'%', 1), |byte| (byte, 3)) } else { (*first, 1) };
        bytes.push(byte);
        rest = &rest[taken..];
    }
    let name: String = String::from_utf8_lossy(&bytes).chars().take(MAX_NAME).collect();
    format!("/{}", name.replace('~', "~0").replace('/', "~1"))
}

/// Which page of a list is requested.
pub struct ListQuery {
    /// 1 to 200.
    pub limit: u16,
    /// The cursor of the previous page, as returned.
    pub cursor: Option<String>,
}

impl<S: Send + Sync> FromRequestParts<S> for ListQuery {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parse(parts.uri.query().unwrap_or_default()).map_err(Problem::fields)
    }
}

/// Where an export resumes: `after`, at most once, and no other parameter.
pub struct PlaceQuery(pub Option<ExportPlace>);

impl<S: Send + Sync> FromRequestParts<S> for PlaceQuery {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parse_place(parts.uri.query().unwrap_or_default()).map(Self).map_err(Problem::fields)
    }
}

fn parse_place(query: &str) -> Result<Option<ExportPlace>, InvalidFields> {
    let mut place = None;
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        if name != "after" || place.is_some() {
            return Err(InvalidFields::one(if name == "after" { "/after" } else { "" }, FieldCode::UnknownField));
        }
        place = Some(ExportPlace::parse(value).ok_or_else(|| InvalidFields::one("/after", FieldCode::InvalidFormat))?);
    }
    Ok(place)
}

fn parse(query: &str) -> Result<ListQuery, InvalidFields> {
    let (mut limit, mut cursor, mut errors) = (None, None, Vec::new());
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let refused = match name {
            "limit" if limit.is_none() => parse_limit(value).map(|value| limit = Some(value)),
            "cursor" if cursor.is_none() => parse_cursor(value).map(|value| cursor = Some(value)),
            _ => Err(FieldCode::UnknownField),
        };
        if let Err(code) = refused {
            let known = matches!(name, "limit" | "cursor");
            let pointer = if known { format!("/{name}") } else { String::new() };
            errors.push(match code {
                FieldCode::OutOfRange => FieldError::outside(pointer, &(1..=MAX.into())),
                code => FieldError::of(pointer, code),
            });
        }
    }
    if errors.is_empty() { Ok(ListQuery { limit: limit.unwrap_or(DEFAULT_LIMIT), cursor }) } else { Err(InvalidFields(errors)) }
}

fn parse_limit(value: &str) -> Result<u16, FieldCode> {
    let digits = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    let number = if digits { value.parse::<u16>().map_err(|_| FieldCode::OutOfRange)? } else { return Err(FieldCode::WrongType) };
    if (1..=MAX).contains(&number) { Ok(number) } else { Err(FieldCode::OutOfRange) }
}

fn parse_cursor(value: &str) -> Result<String, FieldCode> {
    let plain = value.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    if plain && (1..=MAX_CURSOR_CHARACTERS).contains(&value.len()) { Ok(value.to_owned()) } else { Err(FieldCode::InvalidFormat) }
}

#[cfg(test)]
mod tests {
    use super::{Arc, Parameters, parse, pointer};

    #[test]
    fn a_query_has_parameters_of_the_operation_once() {
        let known = Parameters(Arc::new(["limit".to_owned(), "cursor".to_owned()]));
        for query in ["", "&", "limit=1", "limit=1&cursor=x", "cursor&limit"] {
            assert!(known.judge(query).is_ok(), "{query}");
        }
        for query in ["limit=1&limit=1", "x", "x=1", "Limit=1", "=", "limit=1&%6cimit=2", "cursor[]=1"] {
            assert!(known.judge(query).is_err(), "{query}");
        }
        for (name, expected) in
            [("x", "/x"), ("a%2fb~c", "/a~1b~0c"), ("%", "/%"), ("%zz", "/%zz"), ("", "/"), ("%ff", "/\u{fffd}"), ("%é", "/%é")]
        {
            assert_eq!(pointer(name), expected);
        }
        assert_eq!(pointer(&"é".repeat(99)).chars().count(), 65);
    }

    #[test]
    fn takes_limit_and_cursor_once_and_nothing_else() {
        assert!(parse("").is_ok_and(|query| query.limit == 50 && query.cursor.is_none()));
        assert!(parse("limit=200&cursor=ab_-").is_ok_and(|query| query.limit == 200 && query.cursor.as_deref() == Some("ab_-")));
        for bad in
            ["limit=0", "limit=201", "limit=-1", "limit=x", "limit=", "limit=1&limit=2", "cursor=", "cursor=%41", "other=1", "limit=99999"]
        {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
