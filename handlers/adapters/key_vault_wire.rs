//! What goes over the wire, in memory that wipes itself: the SDK's models leave copies of a data key behind.
//!
//! ```text
//! asked    = {"alg":"RSA-OAEP-256","value":base64url}
//! answered = {"kid":"https://vault/keys/name/version","value":base64url}
//! ```
//!
//! base64url without padding (RFC 7515 section 2). The buffers of TLS and of the socket are out of reach.

use crate::ports::KekVersion;
use azure_core::{
    Bytes,
    http::{RequestContent, Response},
};
use azure_security_keyvault_keys::{ResourceId, models::KeyOperationParameters};
use data_encoding::BASE64URL_NOPAD;
use serde::Deserialize;
use std::borrow::Cow;
use zeroize::{Zeroize, Zeroizing};

/// Key Vault names a version by 32 lower-case hexadecimal digits.
const VERSION_DIGITS: usize = 32;

const BEFORE: &str = r#"{"alg":"RSA-OAEP-256","value":""#;
const AFTER: &str = r#""}"#;

/// The vault answered what it never answers.
#[derive(Debug, PartialEq, Eq)]
pub struct Garbage;

/// The body of a request; wiped with its last copy.
pub fn asked(value: &[u8]) -> RequestContent<KeyOperationParameters> {
    // As large as it gets: a text that grows leaves copies behind.
    let mut body = Zeroizing::new(String::with_capacity(BEFORE.len() + BASE64URL_NOPAD.encode_len(value.len()) + AFTER.len()));
    body.push_str(BEFORE);
    BASE64URL_NOPAD.encode_append(value, &mut body);
    body.push_str(AFTER);
    Bytes::from_owner(body).into()
}

#[derive(Deserialize)]
struct Answered<'body> {
    #[serde(borrow)]
    kid: Cow<'body, str>,
    /// Borrowed, so that it is copied nowhere; base64url has nothing that JSON escapes.
    value: &'body str,
}

/// Which version of the key named `key` answered, and its value.
pub fn answered<T>(response: Response<T>, key: &str) -> Result<(KekVersion, Zeroizing<Vec<u8>>), Garbage> {
    let body = Bytes::from(response.into_body());
    let answer = read(&body, key);
    if let Ok(mut body) = body.try_into_mut() {
        body.zeroize();
    }
    answer
}

fn read(body: &[u8], key: &str) -> Result<(KekVersion, Zeroizing<Vec<u8>>), Garbage> {
    let answer: Answered<'_> = serde_json::from_slice(body).map_err(|_| Garbage)?;
    let value = BASE64URL_NOPAD.decode(answer.value.as_bytes()).map_err(|_| Garbage)?;
    Ok((version_in(&answer.kid, key)?, Zeroizing::new(value)))
}

/// The version in the identifier of a key named `key`; names ignore letter case.
pub fn version_in(kid: &str, key: &str) -> Result<KekVersion, Garbage> {
    let id: ResourceId = kid.parse().map_err(|_| Garbage)?;
    let version = id.version.filter(|_| id.name.eq_ignore_ascii_case(key)).map(KekVersion);
    version.filter(is_version).ok_or(Garbage)
}

/// Whether a text is a version and nothing else: it becomes part of a path, and an empty one would mean the newest.
pub fn is_version(version: &KekVersion) -> bool {
    let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    version.0.len() == VERSION_DIGITS && version.0.bytes().all(is_digit)
}

#[cfg(test)]
mod tests {
    use super::{Garbage, KekVersion, asked, read, version_in};
    use azure_core::http::Body;

    const KID: &str = "https://v.vault.azure.net/keys/kek/0123456789abcdef0123456789abcdef";

    #[test]
    fn asks_in_the_words_of_key_vault() {
        let Body::Bytes(body) = Body::from(asked(b"\xfb\xff data key")) else { panic!("a stream") };
        assert_eq!(&body[..], br#"{"alg":"RSA-OAEP-256","value":"-_8gZGF0YSBrZXk"}"#);
    }

    #[test]
    fn only_a_whole_answer_of_the_right_key_is_one() {
        let answer = |kid: &str, value: &str| read(format!(r#"{{"kid":"{kid}","value":"{value}"}}"#).as_bytes(), "Kek");
        let (version, value) = answer(KID, "-_8").unwrap();
        assert_eq!((version.0.as_str(), &value[..]), ("0123456789abcdef0123456789abcdef", &b"\xfb\xff"[..]));
        assert_eq!(answer(&KID.replace("kek", "other"), "-_8"), Err(Garbage));
        assert_eq!(answer(KID, "-_8="), Err(Garbage));
        assert_eq!(answer(KID, "+/8"), Err(Garbage));
        for body in [r#"{"value":"-_8"}"#, &format!(r#"{{"kid":"{KID}"}}"#), "<html>", ""] {
            assert_eq!(read(body.as_bytes(), "kek"), Err(Garbage), "{body}");
        }
    }

    #[test]
    fn nothing_else_is_a_version() {
        assert_eq!(version_in(KID, "kek"), Ok(KekVersion("0123456789abcdef0123456789abcdef".to_owned())));
        for version in ["", "../0123456789abcdef0123456789abcdef", "0123456789ABCDEF0123456789ABCDEF", "0123456789abcdef0123456789abcde"] {
            assert_eq!(version_in(&format!("https://v.vault.azure.net/keys/kek/{version}"), "kek"), Err(Garbage), "{version}");
        }
        for kid in ["", "keys/kek", "https://v.vault.azure.net/secrets/kek/0123456789abcdef0123456789abcdef"] {
            assert_eq!(version_in(kid, "kek"), Err(Garbage), "{kid}");
        }
    }
}
