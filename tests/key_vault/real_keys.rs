//! RSA-OAEP-256 as another implementation does it, behind the wire of Key Vault.

use crate::{identity::data_key, jdk_vault::JdkVault};
use finrust::ports::{KeyWrap, KeyWrapError, Wrapped};

/// The modulus of a key of 3072 bits.
const WRAPPED_BYTES: usize = 384;

#[tokio::test]
async fn an_old_version_unwraps_after_the_key_was_rotated_until_it_is_disabled() {
    let Some(vault) = JdkVault::start().await else { return };
    let keys = vault.open();
    let before = keys.wrap(&data_key()).await.unwrap();
    assert_eq!(before.bytes.len(), WRAPPED_BYTES);
    vault.rotate().await;
    let after = keys.wrap(&data_key()).await.unwrap();
    assert_ne!(before.version, after.version);
    assert_eq!(keys.newest_version().await, Ok(after.version.clone()));
    let another_process = vault.open();
    for wrapped in [&before, &after] {
        assert!(another_process.unwrap(wrapped).await.is_ok_and(|key| key == data_key()));
    }
    vault.set_enabled(&before.version.0, false).await;
    assert!(keys.unwrap(&before).await.is_err_and(|error| error == KeyWrapError::Disabled));
    assert!(keys.unwrap(&after).await.is_ok_and(|key| key == data_key()));
}

#[tokio::test]
async fn another_version_and_damaged_bytes_are_corrupt() {
    let Some(vault) = JdkVault::start().await else { return };
    let keys = vault.open();
    let before = keys.wrap(&data_key()).await.unwrap();
    vault.rotate().await;
    let crossed = Wrapped { version: keys.newest_version().await.unwrap(), bytes: before.bytes.clone() };
    let mut damaged = before.clone();
    damaged.bytes[WRAPPED_BYTES / 2] ^= 1;
    let shortened = Wrapped { version: before.version.clone(), bytes: before.bytes[1..].to_vec() };
    for wrapped in [crossed, damaged, shortened] {
        assert!(keys.unwrap(&wrapped).await.is_err_and(|error| error == KeyWrapError::Corrupt));
    }
    assert!(keys.unwrap(&before).await.is_ok_and(|key| key == data_key()));
}
