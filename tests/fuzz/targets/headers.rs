//! Headers, as whoever sends a request writes them.

use crate::work;
use axum::{
    http::{Extensions, HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::IntoResponse,
};
use finrust::{
    flows::repeats::IdempotencyKey,
    http::{accept::prefers_html, accept_encoding::takes_gzip, client_address::ClientAddress, cookies, if_match},
    ports::Etag,
};
use std::net::IpAddr;

/// A header over as many lines as the input has; `None` when the server would not let one of them through.
fn lines(name: &HeaderName, data: &[u8]) -> Option<HeaderMap> {
    let mut headers = HeaderMap::new();
    for line in data.split(|byte| *byte == b'\n') {
        headers.append(name, HeaderValue::from_bytes(line).ok()?);
    }
    Some(headers)
}

/// How many parts between semicolons have this name and an equals sign.
fn named(data: &[u8], name: &str) -> usize {
    let parts = data.split(|byte| matches!(byte, b'\n' | b';')).map(<[u8]>::trim_ascii);
    parts.filter(|part| part.split(|byte| *byte == b'=').next() == Some(name.as_bytes()) && part.contains(&b'=')).count()
}

/// A cookie is taken when it is there once, and set as it was read.
pub fn cookies(data: &[u8]) {
    let Some(headers) = lines(&header::COOKIE, data) else { return };
    let read_back = |set: &HeaderValue| {
        let pair = set.as_bytes().split(|byte| *byte == b';').next().unwrap_or_default();
        lines(&header::COOKIE, pair).expect("what is set is a header")
    };
    if let Some(session) = cookies::session(&headers) {
        assert_eq!(named(data, "__Host-finrust"), 1);
        let again = cookies::session(&read_back(&cookies::set_session(&session))).expect("what was set is taken");
        assert!(again.identity == session.identity && again.token.bytes() == session.token.bytes());
    }
    if let Some(device) = cookies::device(&headers) {
        assert_eq!(named(data, "__Host-finrust-device"), 1);
        let again = cookies::device(&read_back(&cookies::set_device(&device))).expect("what was set is taken");
        assert!(again.bytes() == device.bytes());
    }
    work::grows_with_size(data, |data| {
        let headers = lines(&header::COOKIE, data).unwrap_or_default();
        let _ = (cookies::session(&headers).is_some(), cookies::device(&headers).is_some());
    });
}

/// Only who lists the version that is there may go on, and the list says the same however it is split into lines.
pub fn if_match(data: &[u8]) {
    let Some(headers) = lines(&header::IF_MATCH, data) else { return };
    let found = judged(&headers);
    if found.is_ok() {
        assert!(data.windows(4).any(|window| window == b"\"a1\""), "the version is not there");
    }
    let one_line: Vec<u8> = data.iter().map(|byte| if *byte == b'\n' { b',' } else { *byte }).collect();
    assert_eq!(judged(&lines(&header::IF_MATCH, &one_line).expect("a header")), found);
    work::grows_with_size(data, |data| {
        let _ = lines(&header::IF_MATCH, data).map(|headers| judged(&headers));
    });
}

fn judged(headers: &HeaderMap) -> Result<(), StatusCode> {
    if_match::if_match(headers, &Etag("a1".to_owned())).map(|_| ()).map_err(|problem| problem.into_response().status())
}

/// A key has one spelling but for the case of its letters.
pub fn idempotency_key(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Some(key) = IdempotencyKey::parse(text) else { return };
    let digits: String = text.chars().filter(|c| *c != '-').collect();
    let bytes = data_encoding::HEXLOWER_PERMISSIVE.decode(digits.as_bytes()).expect("hexadecimal digits");
    assert_eq!((bytes.as_slice(), text.len()), (&key.bytes()[..], 36));
    let hyphens: Vec<_> = text.match_indices('-').map(|(at, _)| at).collect();
    assert_eq!(hyphens, [8, 13, 18, 23]);
}

/// What is not named is not sent: no page to who does not say HTML or text, nothing compressed to who does not say gzip.
pub fn accept(data: &[u8]) {
    let says = |word: &str| String::from_utf8_lossy(data).to_ascii_lowercase().contains(word);
    if let Some(headers) = lines(&header::ACCEPT, data) {
        assert!(!prefers_html(&headers) || says("text/") || says("*/*"));
    }
    if let Some(headers) = lines(&header::ACCEPT_ENCODING, data) {
        assert!(!takes_gzip(&headers) || says("gzip") || says("*"));
    }
    work::grows_with_size(data, |data| {
        let (pages, codings) =
            (lines(&header::ACCEPT, data).unwrap_or_default(), lines(&header::ACCEPT_ENCODING, data).unwrap_or_default());
        let _ = (prefers_html(&pages), takes_gzip(&codings));
    });
}

/// Of several entries the last one counts, whatever is in front of it, and an address that is found reads back.
pub fn client_address(data: &[u8]) {
    const NAME: HeaderName = HeaderName::from_static("x-client");
    let known = ClientAddress::by(Some(NAME), None);
    let find = |headers: &HeaderMap| known.find(headers, &Extensions::new());
    let Some(headers) = lines(&NAME, data) else { return };
    let found = find(&headers);
    let line = data.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
    // Bytes that are no text make no address, also in front of it.
    if line.iter().all(|byte| matches!(byte, b'\t' | b' '..=b'~')) {
        let last = line.rsplit(|byte| *byte == b',').next().unwrap_or_default();
        assert_eq!(find(&lines(&NAME, last).expect("part of a header")), found);
    }
    if let Some(address) = found {
        for text in [address.to_string(), format!("[{address}]"), std::net::SocketAddr::new(address, 1).to_string()] {
            let again: Option<IpAddr> = find(&lines(&NAME, text.as_bytes()).expect("a header"));
            assert_eq!(again, Some(address), "{text}");
        }
    }
}
