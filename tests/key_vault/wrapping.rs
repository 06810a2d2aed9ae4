//! Wrapping, unwrapping and versions.

use crate::identity::{Identity, azure, data_key, open, open_as, token_for, vault_key};
use finrust::{
    adapters::key_vault::KeyVault,
    ports::{KekVersion, KeyWrap, KeyWrapError, Wrapped},
};
use test_support::doubles::{
    https::AUTHORITY,
    key_vault::{Call, KeyVaultDouble, WRAPPED_BYTES},
};

const SCOPE: &str = "https://vault.azure.net/.default";

fn call(operation: &str, version: &str, token: Option<String>) -> Call {
    Call { operation: operation.to_owned(), version: version.to_owned(), token }
}

#[tokio::test]
async fn what_was_wrapped_unwraps_also_in_another_process() {
    let double = KeyVaultDouble::start("kek").await;
    let wrapped = open(&double).wrap(&data_key()).await.unwrap();
    assert_eq!(wrapped.version.0, double.newest());
    assert_eq!(wrapped.bytes.len(), WRAPPED_BYTES);
    assert!(!wrapped.bytes.windows(8).any(|part| part == [7; 8]));
    assert!(open(&double).unwrap(&wrapped).await.is_ok_and(|key| key == data_key()));
}

#[tokio::test]
async fn the_newest_version_wraps_and_each_unwraps_its_own_until_it_is_disabled() {
    let double = KeyVaultDouble::start("kek").await;
    let vault = open(&double);
    let before = vault.wrap(&data_key()).await.unwrap();
    let rotated = double.rotate();
    assert_eq!(vault.newest_version().await.unwrap().0, rotated);
    let after = vault.wrap(&data_key()).await.unwrap();
    assert!(after.version.0 == rotated && before.version != after.version);
    for wrapped in [&before, &after] {
        assert!(vault.unwrap(wrapped).await.is_ok_and(|key| key == data_key()));
        assert!(open(&double).unwrap(wrapped).await.is_ok_and(|key| key == data_key()), "another process");
    }
    let crossed = Wrapped { version: after.version.clone(), bytes: before.bytes.clone() };
    assert!(vault.unwrap(&crossed).await.is_err_and(|error| error == KeyWrapError::Corrupt));
    double.disable(&before.version.0);
    assert!(vault.unwrap(&before).await.is_err_and(|error| error == KeyWrapError::Disabled));
    assert!(vault.unwrap(&after).await.is_ok_and(|key| key == data_key()));
}

#[tokio::test]
async fn asks_for_one_token_for_the_audience_of_the_challenge() {
    let (double, identity) = (KeyVaultDouble::start("kek").await, Identity::known());
    let vault = open_as(&double, &identity);
    assert!(identity.scopes().is_empty() && double.take_calls().is_empty(), "opening asks nobody");
    let wrapped = vault.wrap(&data_key()).await.unwrap();
    vault.unwrap(&wrapped).await.map(drop).unwrap();
    vault.newest_version().await.unwrap();
    let token = || Some(token_for(SCOPE));
    let expected =
        [call("wrapkey", "", None), call("wrapkey", "", token()), call("unwrapkey", &wrapped.version.0, token()), call("get", "", token())];
    assert_eq!(double.take_calls(), expected);
    assert_eq!(identity.scopes(), [SCOPE]);
}

/// A challenge from elsewhere must not get a token: its host must match the vault's own domain.
#[tokio::test]
async fn a_real_vault_has_to_be_of_the_domain_that_its_challenge_names() {
    let (double, identity) = (KeyVaultDouble::start("kek").await, Identity::known());
    let mut key = vault_key(&double.key_url);
    key.is_double = false;
    let vault = KeyVault::open(&key, &azure(&identity, AUTHORITY.client())).unwrap();
    assert!(vault.wrap(&data_key()).await.is_err_and(|error| error == KeyWrapError::Unavailable));
    assert!(identity.scopes().is_empty());
}

#[tokio::test]
async fn a_version_that_is_none_is_never_asked_for() {
    let double = KeyVaultDouble::start("kek").await;
    let vault = open(&double);
    let wrapped = vault.wrap(&data_key()).await.unwrap();
    double.take_calls();
    for version in ["", "..", "../other/x", "v1", &"A".repeat(32), &format!("{}/", wrapped.version.0)] {
        let named = Wrapped { version: KekVersion(version.to_owned()), bytes: wrapped.bytes.clone() };
        assert!(vault.unwrap(&named).await.is_err_and(|error| error == KeyWrapError::Corrupt), "{version}");
    }
    assert_eq!(double.take_calls(), []);
}

#[tokio::test]
async fn any_changed_byte_is_corrupt_and_so_is_one_too_few_or_too_many() {
    let double = KeyVaultDouble::start("kek").await;
    let vault = open(&double);
    let wrapped = vault.wrap(&data_key()).await.unwrap();
    for at in 0..wrapped.bytes.len() {
        let mut changed = wrapped.clone();
        changed.bytes[at] ^= 1;
        assert!(vault.unwrap(&changed).await.is_err_and(|error| error == KeyWrapError::Corrupt), "{at}");
    }
    for bytes in [wrapped.bytes[1..].to_vec(), [&wrapped.bytes[..], &[0]].concat(), Vec::new()] {
        let cut = Wrapped { version: wrapped.version.clone(), bytes };
        assert!(vault.unwrap(&cut).await.is_err_and(|error| error == KeyWrapError::Corrupt), "{}", cut.bytes.len());
    }
    assert!(vault.unwrap(&wrapped).await.is_ok_and(|key| key == data_key()));
}

/// How often wrapping and unwrapping were called.
fn asked(double: &KeyVaultDouble) -> (usize, usize) {
    let calls = double.take_calls();
    let count = |operation| calls.iter().filter(|call| call.operation == operation && call.token.is_some()).count();
    (count("wrapkey"), count("unwrapkey"))
}

#[tokio::test]
async fn whether_it_is_the_vault_of_before_is_asked_once_a_version_and_not_once_a_wrap() {
    let double = KeyVaultDouble::start("kek").await;
    let vault = open(&double);
    let opened = vault.wrap(&data_key()).await.unwrap();
    double.take_calls();
    let wrap_five = async |vault: &KeyVault| {
        for _ in 0..5 {
            vault.wrap_beside(&data_key(), &opened).await.unwrap();
        }
    };
    wrap_five(&vault).await;
    assert_eq!(asked(&double), (5, 0), "the version that was opened wraps");
    for _ in 0..2 {
        double.rotate();
        wrap_five(&vault).await;
        assert_eq!(asked(&double), (5, 1), "a version that has opened nothing yet");
    }
    wrap_five(&open(&double)).await;
    assert_eq!(asked(&double), (5, 1), "another process asks for itself");
    // A caller that could not be reached has not answered.
    double.rotate();
    double.set_enabled(&opened.version.0, false);
    for _ in 0..2 {
        assert!(vault.wrap_beside(&data_key(), &opened).await.is_err_and(|error| error == KeyWrapError::Disabled));
    }
    assert_eq!(asked(&double), (2, 2));
    double.set_enabled(&opened.version.0, true);
    wrap_five(&vault).await;
    assert_eq!(asked(&double), (5, 1));
}
