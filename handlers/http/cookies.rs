//! The two cookies: `__Host-finrust` for the session, `__Host-finrust-device` for a browser that signed in before (RFC 6265bis).

use super::answer::Answer;
use crate::{
    crypto::token::PlainToken,
    flows::sign_in::{session_draft::Renewed, visitor::SessionCookie},
};
use axum::http::{HeaderMap, HeaderValue, header};

const SESSION: &str = "__Host-finrust";
const DEVICE: &str = "__Host-finrust-device";
/// 90 days, as long as the account remembers a browser.
const DEVICE_SECONDS: u32 = 90 * 24 * 60 * 60;
const ATTRIBUTES: &str = "Path=/; Secure; HttpOnly; SameSite=Strict";

/// The session cookie of a request, if there is exactly one and it is well-formed.
pub fn session(headers: &HeaderMap) -> Option<SessionCookie> {
    SessionCookie::parse(only(headers, SESSION)?)
}

/// The device cookie, under the same conditions.
pub fn device(headers: &HeaderMap) -> Option<PlainToken> {
    PlainToken::parse(only(headers, DEVICE)?)
}

/// Sets the session cookie, which expires with the browser session.
pub fn set_session(cookie: &SessionCookie) -> HeaderValue {
    secret(format!("{SESSION}={}; {ATTRIBUTES}", cookie.text().expose()))
}

/// Sets the device cookie.
pub fn set_device(device: &PlainToken) -> HeaderValue {
    secret(format!("{DEVICE}={}; {ATTRIBUTES}; Max-Age={DEVICE_SECONDS}", device.text().expose()))
}

/// A response that replaces the browser's cookies.
pub fn renew(answer: Answer, renewed: &Renewed) -> Answer {
    answer.cookie(Some(set_session(&renewed.session))).cookie(Some(set_device(&renewed.device)))
}

/// Deletes the session cookie.
pub fn clear_session() -> HeaderValue {
    secret(format!("{SESSION}=; {ATTRIBUTES}; Max-Age=0"))
}

fn secret(text: String) -> HeaderValue {
    let mut value = HeaderValue::try_from(text).expect("names, base64url and attributes are visible ASCII");
    value.set_sensitive(true);
    value
}

/// The value of a cookie that occurs exactly once; a duplicate could have been planted.
///
/// Other cookies of the same host may contain non-ASCII bytes or be no text at all; they are ignored.
fn only<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers.get_all(header::COOKIE).iter().map(HeaderValue::as_bytes);
    let pairs = lines.flat_map(|line| line.split(|byte| *byte == b';')).map(<[u8]>::trim_ascii);
    let mut values = pairs.filter_map(|pair| pair.strip_prefix(name.as_bytes())?.strip_prefix(b"="));
    match (values.next(), values.next()) {
        (Some(value), None) => std::str::from_utf8(value).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{device, session};
    use axum::http::{HeaderMap, HeaderValue, header};

    fn headers(lines: &[&str]) -> HeaderMap {
        let values = lines.iter().map(|line| (header::COOKIE, HeaderValue::from_str(line).expect("a header")));
        values.collect()
    }

    #[test]
    fn takes_one_well_formed_cookie_of_a_name() {
        let value = "A".repeat(86);
        let one = format!("a=b; __Host-finrust={value}; c=d");
        assert!(session(&headers(&[&one])).is_some());
        assert!(session(&headers(&["a=b", &one])).is_some());
        assert!(session(&headers(&[&one, &one])).is_none());
        for bad in ["", "A", &"A".repeat(85), &"A".repeat(87), &"*".repeat(86)] {
            assert!(session(&headers(&[&format!("__Host-finrust={bad}")])).is_none());
        }
        for foreign in ["naam=Zoë; ", "Zoë; ", "ë=\"a\"; ", "a=b;;; =; "] {
            assert!(session(&headers(&[&format!("{foreign}__Host-finrust={value}; plaats=Ameland☀")])).is_some(), "{foreign}");
        }
        let mut bytes = HeaderMap::new();
        let line = [b"naam=Zo\xeb; __Host-finrust=", value.as_bytes(), b"; \xff=\xfe"].concat();
        bytes.insert(header::COOKIE, HeaderValue::from_bytes(&line).expect("a header"));
        assert!(session(&bytes).is_some());
        assert!(session(&headers(&[&format!("__Host-finrust={value}ë")])).is_none());
        assert!(device(&headers(&[&format!("__Host-finrust-device={}", "A".repeat(43))])).is_some());
    }
}
