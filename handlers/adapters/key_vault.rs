//! The key-encryption key in Key Vault: an RSA key that never leaves it.
//!
//! ```text
//! wrapped = RSA-OAEP-256(newest version of the key, data key)              (RFC 7518 section 4.3, RFC 8017 section 7.1)
//! ```
//!
//! The version that wrapped is recorded, and only that one is asked to unwrap; rotating the key in the vault therefore locks nothing
//! out, and `finrust rewrap` moves data keys to the newest. RSA-OAEP authenticates nothing: the mac of the key record does.

use super::{
    azure::Azure,
    key_vault_failure::{Asked, failure, unusable_answer},
    key_vault_wire::{answered, asked, is_version, version_in},
};
use crate::{
    azure_settings::VaultKey,
    ports::{KekVersion, KeyWrap, KeyWrapError, Wrapped},
    secret::Secret,
};
use async_trait::async_trait;
use azure_security_keyvault_keys::{KeyClient, KeyClientOptions};
use std::sync::Arc;

/// As long as the modulus: 384 bytes for 3072 bits. More than RSA-8192 gives is no wrapped key.
const MOST_WRAPPED_BYTES: usize = 1024;

/// Wraps data keys under the newest version of a key in a vault, and unwraps under the version that wrapped.
pub struct KeyVault {
    client: KeyClient,
    key: String,
}

/// The vault's address cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the key vault cannot be used: {0}")]
pub struct KeyVaultError(#[source] azure_core::Error);

impl KeyVault {
    /// The key in its vault, asked as `azure`. Asks nobody anything yet.
    ///
    /// # Errors
    /// [`KeyVaultError`].
    pub fn open(key: &VaultKey, azure: &Azure) -> Result<Self, KeyVaultError> {
        let options = KeyClientOptions {
            client_options: azure.client_options(),
            // The vault says for whom tokens have to be; this keeps a stranger from asking for one that opens something else.
            verify_challenge_resource: Some(!key.is_double),
            ..KeyClientOptions::default()
        };
        let client = KeyClient::new(key.vault.as_str(), Arc::clone(&azure.credential), Some(options)).map_err(KeyVaultError)?;
        Ok(Self { client, key: key.name.clone() })
    }
}

#[async_trait]
impl KeyWrap for KeyVault {
    async fn wrap(&self, key: &Secret<[u8; 32]>) -> Result<Wrapped, KeyWrapError> {
        let response = self.client.wrap_key(&self.key, asked(key.expose()), None).await;
        let response = response.map_err(|error| failure(Asked::Wrap, &error))?;
        let answer = answered(response, &self.key).ok().filter(|(_, bytes)| (1..=MOST_WRAPPED_BYTES).contains(&bytes.len()));
        let (version, bytes) = answer.ok_or_else(|| unusable_answer(Asked::Wrap, KeyWrapError::Unavailable))?;
        Ok(Wrapped { version, bytes: bytes.to_vec() })
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
        // Anyone can wrap anything under a public key: what has another length was never a data key.
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
