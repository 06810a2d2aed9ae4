//! Query strings and the cursors in them.

use super::keys::{key, place};
use crate::work;
use axum::{extract::FromRequestParts, http::Request};
use data_encoding::BASE64URL_NOPAD;
use finrust::{
    crypto::envelope::{Unopened, open, seal},
    http::query::{ListQuery, Parameters, PlaceQuery},
};
use futures::executor::block_on;
use utoipa::openapi::path::{OperationBuilder, ParameterBuilder, ParameterIn};

/// A list takes a page size and a cursor within their bounds, each once; and what it takes, the operation's own parameters allow.
pub fn query(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(request) = Request::get(format!("/x?{text}")).body(()) else { return };
    let (mut parts, ()) = request.into_parts();
    let sent = parts.uri.query().unwrap_or_default().to_owned();
    let allowed = parameters().judge(&sent).is_ok();
    let list = block_on(ListQuery::from_request_parts(&mut parts, &())).ok();
    if let Some(ListQuery { limit, cursor }) = list {
        assert!(allowed && (1..=200).contains(&limit));
        let written = cursor.as_ref().map_or_else(|| format!("limit={limit}"), |cursor| format!("cursor={cursor}&limit={limit}"));
        let request = Request::get(format!("/x?{written}")).body(()).expect("a cursor needs no escapes");
        let again = block_on(ListQuery::from_request_parts(&mut request.into_parts().0, &())).expect("what was taken is taken");
        assert_eq!((again.limit, &again.cursor), (limit, &cursor));
        assert!(cursor.is_none_or(|cursor| (1..=4096).contains(&cursor.len())));
    }
    if let Ok(PlaceQuery(Some(place))) = block_on(PlaceQuery::from_request_parts(&mut parts, &())) {
        assert!(sent.contains(&place.to_string()), "a place has one spelling");
    }
    work::grows_with_size(data, |data| drop(parameters().judge(&String::from_utf8_lossy(data))));
}

fn parameters() -> Parameters {
    let named = |name| ParameterBuilder::new().name(name).parameter_in(ParameterIn::Query).build();
    let operation = OperationBuilder::new().parameter(named("limit")).parameter(named("cursor")).build();
    Parameters::of(&operation)
}

/// A cursor is opened when this service sealed it for this list, and not when a bit of it differs: the input says which position and
/// which bit, or is the cursor itself.
pub fn cursor(data: &[u8]) {
    let opened = |text: &[u8], list: &str| {
        let bytes = BASE64URL_NOPAD.decode(text).ok()?;
        open(&key(), place(list), &Unopened::new(bytes)).ok()
    };
    assert!(opened(data, "list").is_none(), "nobody else can seal");
    let (bit, position) = data.split_at(data.len().min(2));
    let cursor = BASE64URL_NOPAD.encode(seal(&key(), [7; 32], place("list"), position).as_bytes()).into_bytes();
    assert_eq!(opened(&cursor, "list").as_deref().map(Vec::as_slice), Some(position));
    assert!(opened(&cursor, "other").is_none(), "it is for one list");
    let number = bit.iter().fold(0, |number, byte| (number << 8) | usize::from(*byte)) % (cursor.len() * 8);
    let mut forged = cursor;
    forged[number / 8] ^= 1 << (number % 8);
    assert!(opened(&forged, "list").is_none(), "bit {number}");
}
