//! The key rotates in the vault, `finrust rewrap` moves every data key, and the old version can go.

use crate::{
    double::KeyVaultDouble,
    identity::open,
    jdk_vault::JdkVault,
    shop::{Shop, rewrap, verify},
};
use finrust::{
    flows::maintenance::Rewrapped,
    ports::{KeyWrap, KeyWrapError},
    store::error::StoreError,
};
use std::sync::Arc;

const ADVISERS: u8 = 2;
/// Besides those of the advisers: the root key, and the one for accounts.
const OTHER_KEYS: usize = 2;

/// A vault in the hands of its administrator.
trait Vault {
    fn key_wrap(&self) -> Arc<dyn KeyWrap>;
    async fn rotate(&self);
    async fn set_enabled(&self, version: &str, is_enabled: bool);
}

impl Vault for KeyVaultDouble {
    fn key_wrap(&self) -> Arc<dyn KeyWrap> {
        Arc::new(open(self))
    }

    async fn rotate(&self) {
        self.rotate();
    }

    async fn set_enabled(&self, version: &str, is_enabled: bool) {
        self.set_enabled(version, is_enabled);
    }
}

impl Vault for JdkVault {
    fn key_wrap(&self) -> Arc<dyn KeyWrap> {
        Arc::new(self.open())
    }

    async fn rotate(&self) {
        self.rotate().await;
    }

    async fn set_enabled(&self, version: &str, is_enabled: bool) {
        self.set_enabled(version, is_enabled).await;
    }
}

async fn an_old_version_can_go_once_everything_is_rewrapped(vault: &impl Vault) {
    let shop = Shop::fill(vault.key_wrap(), ADVISERS).await;
    let old = vault.key_wrap().newest_version().await.unwrap();
    let all = usize::from(ADVISERS) + OTHER_KEYS;
    vault.rotate().await;
    shop.read(&shop.open(vault.key_wrap()), 1).await.unwrap();

    vault.set_enabled(&old.0, false).await;
    let locked_out = shop.read(&shop.open(vault.key_wrap()), 1).await;
    assert_eq!(locked_out, Err(StoreError::Keys(KeyWrapError::Disabled)));
    vault.set_enabled(&old.0, true).await;

    let state = shop.open(vault.key_wrap());
    assert_eq!(rewrap(&state).await, Rewrapped { seen: all, anew: all, broken: 0 });
    assert_eq!(rewrap(&state).await, Rewrapped { seen: all, anew: 0, broken: 0 });

    vault.set_enabled(&old.0, false).await;
    let state = shop.open(vault.key_wrap());
    shop.read(&state, 1).await.unwrap();
    let (opened, findings) = verify(&state).await;
    assert!(opened > all && findings == 0, "{opened} opened, {findings} findings");
}

#[tokio::test]
async fn in_the_double() {
    an_old_version_can_go_once_everything_is_rewrapped(&KeyVaultDouble::start("kek").await).await;
}

#[tokio::test]
async fn in_a_vault_of_the_jdk() {
    let Some(vault) = JdkVault::start().await else { return };
    an_old_version_can_go_once_everything_is_rewrapped(&vault).await;
}
