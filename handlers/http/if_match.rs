//! The version that the caller has seen (`If-Match`).

use super::problem::{Code, Problem};
use crate::ports::Etag;
use axum::http::{HeaderMap, HeaderValue, header};

/// Returns `present` if the caller has seen it: the header must list it as a strong etag (RFC 9110 section 13.1.1); weak ones never match.
/// `*` names no version, because blind overwrites are not offered.
///
/// # Errors
/// `version_missing` when no etag is listed, `malformed_header` when the list is malformed, `version_mismatch` when `present` is not in it.
pub fn if_match(headers: &HeaderMap, present: &Etag) -> Result<Etag, Problem> {
    // A field over several lines is one list (RFC 9110 section 5.3).
    let list = headers.get_all(header::IF_MATCH).iter().map(HeaderValue::as_bytes).collect::<Vec<_>>().join(&b","[..]);
    let tags = tags(&list).ok_or(Problem::of(Code::MalformedHeader))?;
    match tags.as_slice() {
        [] | [Tag::Any] => Err(Problem::of(Code::VersionMissing)),
        tags if tags.contains(&Tag::Any) => Err(Problem::of(Code::MalformedHeader)),
        tags if tags.contains(&Tag::Strong(present.0.as_bytes())) => Ok(present.clone()),
        _ => Err(Problem::of(Code::VersionMismatch)),
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tag<'a> {
    Any,
    Weak,
    Strong(&'a [u8]),
}

/// The etags of a list; empty elements are ignored. `None` when an element is malformed.
fn tags(list: &[u8]) -> Option<Vec<Tag<'_>>> {
    let (mut rest, mut found) = (list, Vec::new());
    loop {
        rest = without_blanks(rest);
        let (tag, after) = match rest {
            [] => return Some(found),
            [b',', after @ ..] => {
                rest = after;
                continue;
            }
            [b'*', after @ ..] => (Tag::Any, after),
            [b'W', b'/', b'"', after @ ..] => (Tag::Weak, opaque(after)?.1),
            [b'"', after @ ..] => {
                let (opaque, after) = opaque(after)?;
                (Tag::Strong(opaque), after)
            }
            _ => return None,
        };
        found.push(tag);
        rest = without_blanks(after);
        if !matches!(rest, [] | [b',', ..]) {
            return None;
        }
    }
}

/// The text before the closing quote, and the rest after it.
fn opaque(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = text.iter().position(|byte| *byte == b'"')?;
    let (opaque, after) = (&text[..end], &text[end + 1..]);
    opaque.iter().all(|byte| *byte > b' ' && *byte != 0x7f).then_some((opaque, after))
}

const fn without_blanks(text: &[u8]) -> &[u8] {
    text.trim_ascii_start()
}

#[cfg(test)]
mod tests {
    use super::{Etag, HeaderMap, header, if_match};
    use axum::http::HeaderValue;

    fn status(lines: &[&str]) -> Result<(), &'static str> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(header::IF_MATCH, HeaderValue::from_bytes(line.as_bytes()).expect("a header value"));
        }
        if_match(&headers, &Etag("a1".to_owned())).map(|_| ()).map_err(|problem| problem.code().name())
    }

    #[test]
    fn one_strong_tag_of_a_list_is_enough() {
        for lines in [
            &["\"a1\""][..],
            &[" \"a1\" "],
            &["\"x\", \"a1\""],
            &["\"x\"", "\"a1\""],
            &[",,\"a1\",", ""],
            &["W/\"a1\",\"a1\""],
            &["\"a,b\" , \"a1\""],
        ] {
            assert_eq!(status(lines), Ok(()), "{lines:?}");
        }
        for lines in [&["\"x\""][..], &["W/\"a1\""], &["\"a1,x\""], &["\"\""], &["\"a,a1\"", "\"ë\""]] {
            assert_eq!(status(lines), Err("version_mismatch"), "{lines:?}");
        }
        for lines in [&[][..], &[""], &[" "], &["*"], &[" * "], &["", ","]] {
            assert_eq!(status(lines), Err("version_missing"), "{lines:?}");
        }
        for lines in [
            &["a1"][..],
            &["\"a1"],
            &["a1\""],
            &["\"a1\"x"],
            &["\"a1\" \"x\""],
            &["w/\"a1\""],
            &["*, \"a1\""],
            &["\"a b\""],
            &["\"a1\"", "x"],
            &["W/a1"],
            &["'a1'"],
        ] {
            assert_eq!(status(lines), Err("malformed_header"), "{lines:?}");
        }
    }
}
