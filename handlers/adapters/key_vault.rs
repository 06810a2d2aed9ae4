//! The key-encryption key in Key Vault: an RSA key that never leaves it.
//!
//! ```text
//! wrapped  = RSA-OAEP-256(newest version of the key, data key)             (RFC 7518 section 4.3, RFC 8017 section 7.1)
//! asked    = {"alg":"RSA-OAEP-256","value":base64url}
//! answered = {"kid":"https://vault/keys/name/version","value":base64url}   (RFC 7515 section 2, no padding)
//! ```
//!
//! The version that wrapped is recorded, and only that one is asked to unwrap; rotating the key in the vault therefore locks nothing out,
//! and `finrust rewrap` moves data keys to the newest. Anyone can wrap under a public key: the MAC of the key record is what keeps a
//! foreign data key out.
//!
//! Bodies are written and read here, in memory that is wiped on drop, because the SDK's models leave copies of a data key behind. The
//! buffers of TLS and of the socket are out of reach.

use super::{
    azure::Azure,
    key_vault_failure::{Asked, failure, unusable_answer},
};
use crate::{
    azure_settings::VaultKey,
    ports::{KekVersion, KeyWrap, KeyWrapError, Wrapped},
    secret::Secret,
};
use async_trait::async_trait;
use azure_core::{
    Bytes,
    http::{RequestContent, Response},
};
use azure_security_keyvault_keys::{KeyClient, KeyClientOptions, ResourceId, models::KeyOperationParameters};
use data_encoding::BASE64URL_NOPAD;
use serde::Deserialize;
use std::{
    borrow::Cow,
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
};
use zeroize::{Zeroize, Zeroizing};

/// As long as the modulus: 384 bytes for 3072 bits. Anything longer than RSA-8192 produces is not a wrapped key.
const MAX_WRAPPED_BYTES: usize = 1024;

/// Key Vault names a version by 32 lower-case hexadecimal digits.
const VERSION_DIGITS: usize = 32;

const BEFORE: &str = r#"{"alg":"RSA-OAEP-256","value":""#;
const AFTER: &str = r#""}"#;

/// Wraps data keys under the newest version of a key in a vault, and unwraps under the version that wrapped.
pub struct KeyVault {
    client: KeyClient,
    key: String,
    /// Versions whose vault has been found to open what was wrapped before.
    proven: Mutex<BTreeSet<String>>,
}

/// The vault's address cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the key vault cannot be used: {0}")]
pub struct KeyVaultError(#[source] azure_core::Error);

impl KeyVault {
    /// The key in its vault, accessed as `azure`. Sends no request yet.
    pub fn open(key: &VaultKey, azure: &Azure) -> Result<Self, KeyVaultError> {
        let options = KeyClientOptions {
            client_options: azure.client_options(),
            // The vault's challenge names the resource a token must be for; this keeps another host from asking for a token that opens
            // something else.
            verify_challenge_resource: Some(!key.is_double),
            ..KeyClientOptions::default()
        };
        let client = KeyClient::new(key.vault.as_str(), Arc::clone(&azure.credential), Some(options)).map_err(KeyVaultError)?;
        Ok(Self { client, key: key.name.clone(), proven: Mutex::default() })
    }
}

#[async_trait]
impl KeyWrap for KeyVault {
    async fn wrap(&self, key: &Secret<[u8; 32]>) -> Result<Wrapped, KeyWrapError> {
        let response = self.client.wrap_key(&self.key, asked(key.expose()), None).await;
        let response = response.map_err(|error| failure(Asked::Wrap, &error))?;
        let answer = answered(response, &self.key).ok().filter(|(_, bytes)| (1..=MAX_WRAPPED_BYTES).contains(&bytes.len()));
        let (version, bytes) = answer.ok_or_else(|| unusable_answer(Asked::Wrap, KeyWrapError::Unavailable))?;
        Ok(Wrapped { version, bytes: bytes.to_vec() })
    }

    /// Whether the vault opens what was opened before is checked once per version, not once per key.
    async fn wrap_beside(&self, key: &Secret<[u8; 32]>, opened: &Wrapped) -> Result<Wrapped, KeyWrapError> {
        let wrapped = self.wrap(key).await?;
        let is_proven = || self.proven.lock().unwrap_or_else(PoisonError::into_inner).contains(&wrapped.version.0);
        if wrapped.version != opened.version && !is_proven() {
            self.unwrap(opened).await.map_err(|error| match error {
                KeyWrapError::Corrupt => unusable_answer(Asked::Unwrap, KeyWrapError::Unavailable),
                other => other,
            })?;
            self.proven.lock().unwrap_or_else(PoisonError::into_inner).insert(wrapped.version.0.clone());
        }
        Ok(wrapped)
    }

    async fn unwrap(&self, wrapped: &Wrapped) -> Result<Secret<[u8; 32]>, KeyWrapError> {
        if !is_version(&wrapped.version) {
            return Err(KeyWrapError::Corrupt);
        }
        let response = self.client.unwrap_key(&self.key, &wrapped.version.0, asked(&wrapped.bytes), None).await;
        let response = response.map_err(|error| failure(Asked::Unwrap, &error))?;
        let (version, key) = answered(response, &self.key).map_err(|_| unusable_answer(Asked::Unwrap, KeyWrapError::Unavailable))?;
        if version != wrapped.version {
            return Err(unusable_answer(Asked::Unwrap, KeyWrapError::Unavailable));
        }
        // Anyone can wrap anything under a public key: a value of another length was never a data key.
        Secret::from_slice(&key).ok_or_else(|| unusable_answer(Asked::Unwrap, KeyWrapError::Corrupt))
    }

    async fn newest_version(&self) -> Result<KekVersion, KeyWrapError> {
        let response = self.client.get_key(&self.key, None).await;
        let response = response.map_err(|error| failure(Asked::NewestVersion, &error))?;
        let key = response.into_model().map_err(|error| failure(Asked::NewestVersion, &error))?;
        let kid = key.key.and_then(|key| key.kid).unwrap_or_default();
        version_in(&kid, &self.key).map_err(|_| unusable_answer(Asked::NewestVersion, KeyWrapError::Unavailable))
    }
}

/// A response that the vault never sends.
#[derive(Debug, PartialEq, Eq)]
struct Garbage;

/// The body of a request; wiped with its last copy.
fn asked(value: &[u8]) -> RequestContent<KeyOperationParameters> {
    // Allocated at full size: a string that grows leaves copies behind.
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
    /// Borrowed, so that it is not copied; base64url contains nothing that JSON escapes.
    value: &'body str,
}

/// Which version of the key named `key` answered, and its value.
fn answered<T>(response: Response<T>, key: &str) -> Result<(KekVersion, Zeroizing<Vec<u8>>), Garbage> {
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

/// The version in the identifier of a key named `key`; names are case-insensitive.
fn version_in(kid: &str, key: &str) -> Result<KekVersion, Garbage> {
    let id: ResourceId = kid.parse().map_err(|_| Garbage)?;
    let version = id.version.filter(|_| id.name.eq_ignore_ascii_case(key)).map(KekVersion);
    version.filter(is_version).ok_or(Garbage)
}

/// Whether a text is a version and nothing else: it becomes part of a path, and an empty one would mean the newest.
fn is_version(version: &KekVersion) -> bool {
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
