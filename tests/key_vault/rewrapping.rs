//! The key rotates in the vault, `finrust rewrap` rewraps every data key, and the old version can be removed.

use crate::{
    identity::open,
    shop::{Shop, rewrap, verify},
};
use finrust::{
    flows::maintenance::Rewrapped,
    ports::{KeyWrap, KeyWrapError},
    store::error::StoreError,
};
use std::sync::Arc;
use test_support::doubles::key_vault::KeyVaultDouble;

const ADVISERS: u8 = 2;
/// Besides those of the advisers: the root key, and the service's key.
const OTHER_KEYS: usize = 2;

#[tokio::test]
async fn an_old_version_can_go_once_everything_is_rewrapped() {
    let vault = KeyVaultDouble::start("kek").await;
    let key_wrap = || Arc::new(open(&vault));
    let shop = Shop::fill(key_wrap(), ADVISERS).await;
    let old = key_wrap().newest_version().await.unwrap();
    let all = usize::from(ADVISERS) + OTHER_KEYS;
    vault.rotate();
    shop.read(&shop.open(key_wrap()), 1).await.unwrap();

    vault.set_enabled(&old.0, false);
    let locked_out = shop.read(&shop.open(key_wrap()), 1).await;
    assert_eq!(locked_out, Err(StoreError::Keys(KeyWrapError::Disabled)));
    vault.set_enabled(&old.0, true);

    let state = shop.open(key_wrap());
    assert_eq!(rewrap(&state).await, Rewrapped { seen: all, anew: all, broken: 0 });
    assert_eq!(rewrap(&state).await, Rewrapped { seen: all, anew: 0, broken: 0 });

    vault.set_enabled(&old.0, false);
    let state = shop.open(key_wrap());
    shop.read(&state, 1).await.unwrap();
    let (opened, findings) = verify(&state).await;
    assert!(opened > all && findings == 0, "{opened} opened, {findings} findings");
}
