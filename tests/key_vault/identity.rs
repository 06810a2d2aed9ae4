//! The identity that calls the vault in these tests.

use async_trait::async_trait;
use azure_core::{
    credentials::{AccessToken, TokenCredential, TokenRequestOptions},
    error::{Error, ErrorKind},
    time::{Duration, OffsetDateTime},
};
use finrust::{
    adapters::{azure::Azure, key_vault::KeyVault},
    azure_settings::VaultKey,
    secret::Secret,
};
use std::sync::{Arc, Mutex};
use test_support::doubles::{https::AUTHORITY, key_vault::KeyVaultDouble};
use url::Url;

/// Issues tokens that reveal their scope, or none.
#[derive(Debug, Default)]
pub struct Identity {
    is_unknown: bool,
    scopes: Mutex<Vec<String>>,
}

impl Identity {
    pub fn known() -> Arc<Self> {
        Arc::default()
    }

    pub fn unknown() -> Arc<Self> {
        Arc::new(Self { is_unknown: true, ..Self::default() })
    }

    /// The scopes that tokens were requested for.
    pub fn scopes(&self) -> Vec<String> {
        self.scopes.lock().unwrap().clone()
    }
}

#[async_trait]
impl TokenCredential for Identity {
    async fn get_token(&self, scopes: &[&str], _: Option<TokenRequestOptions<'_>>) -> azure_core::Result<AccessToken> {
        self.scopes.lock().unwrap().extend(scopes.iter().map(ToString::to_string));
        if self.is_unknown {
            return Err(Error::with_message(ErrorKind::Credential, "nobody"));
        }
        Ok(AccessToken::new(token_for(scopes[0]), OffsetDateTime::now_utc() + Duration::hours(1)))
    }
}

pub fn token_for(scope: &str) -> String {
    format!("token-for-{scope}")
}

/// An Azure client with tokens from `identity` and connections from `http`.
pub fn azure(identity: &Arc<Identity>, http: reqwest::Client) -> Azure {
    Azure { credential: Arc::clone(identity) as Arc<dyn TokenCredential>, http }
}

/// The setting that names a key of a vault on loopback.
pub fn vault_key(key_url: &str) -> VaultKey {
    let mut vault = Url::parse(key_url).unwrap();
    let name = vault.path().strip_prefix("/keys/").unwrap().to_owned();
    vault.set_path("/");
    VaultKey { vault, name, is_double: true }
}

/// The adapter under test, on the key of a double.
pub fn open(double: &KeyVaultDouble) -> KeyVault {
    open_as(double, &Identity::known())
}

pub fn open_as(double: &KeyVaultDouble, identity: &Arc<Identity>) -> KeyVault {
    KeyVault::open(&vault_key(&double.key_url), &azure(identity, AUTHORITY.client())).unwrap()
}

pub fn data_key() -> Secret<[u8; 32]> {
    Secret::new([7; 32])
}
