//! What happens to a request target on its way: the host's server decodes the path and removes dot segments (Kestrel), the proxy encodes it
//! again (YARP). So a handler never sees how a client wrote it.

use std::fmt::Write as _;

/// Path and query of a target, the path decoded except for `%2F` and invalid UTF-8.
pub fn received(target: &str) -> (String, String) {
    let target = match target.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("/", |slash| &rest[slash..]),
        None => target,
    };
    let (path, query) = target.find('?').map_or((target, ""), |mark| target.split_at(mark));
    (without_dots(&decoded(path)), query.to_owned())
}

/// A decoded path as the proxy forwards it.
pub fn sent_on(path: &str) -> String {
    let mut encoded = String::new();
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            write!(encoded, "%{byte:02X}").unwrap();
        }
    }
    encoded
}

fn decoded(path: &str) -> String {
    let (mut bytes, mut rest) = (Vec::new(), path.as_bytes());
    while let Some((&first, after)) = rest.split_first() {
        let byte =
            (first == b'%').then(|| after.get(..2)).flatten().and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        match byte {
            Some(byte) if byte != b'/' && byte != 0 => {
                bytes.push(byte);
                rest = &after[2..];
            }
            _ => {
                bytes.push(first);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| path.to_owned())
}

fn without_dots(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    for (at, segment) in segments.iter().enumerate() {
        let dots = matches!(*segment, "." | "..");
        if *segment == ".." {
            kept.pop();
        } else if !dots {
            kept.push(segment);
        }
        if dots && at + 1 == segments.len() {
            kept.push("");
        }
    }
    format!("/{}", kept.join("/"))
}

#[test]
fn tricks_do_not_reach_the_handler() {
    for (target, path, query) in [
        ("/send-mail", "/send-mail", ""),
        ("/%73end-mail?x=%20", "/send-mail", "?x=%20"),
        ("/x/../send-mail", "/send-mail", ""),
        ("/x/%2e%2e/./send-mail", "/send-mail", ""),
        ("//send-mail/", "//send-mail/", ""),
        ("/a%2fb", "/a%2fb", ""),
        ("/a/..", "/", ""),
        ("http://elsewhere.example/send-mail?y", "/send-mail", "?y"),
        ("http://elsewhere.example", "/", ""),
    ] {
        assert_eq!(received(target), (path.to_owned(), query.to_owned()), "{target}");
    }
    assert_eq!(sent_on("/é b%2f"), "/%C3%A9%20b%252f");
}
