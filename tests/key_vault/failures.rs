//! Failures between the adapter and the vault.

use crate::identity::{Identity, azure, data_key, open, open_as, vault_key};
use finrust::{
    adapters::key_vault::KeyVault,
    ports::{KekVersion, KeyWrap, KeyWrapError, Wrapped},
};
use std::time::Duration;
use test_support::doubles::{
    https::AUTHORITY,
    key_vault::{Instead, KeyVaultDouble},
};

/// How many attempts the SDK makes in total.
const TRIES: usize = 3;

/// A vault whose key wrapped one data key, with the recorded calls cleared.
async fn used() -> (KeyVaultDouble, KeyVault, Wrapped) {
    let double = KeyVaultDouble::start("kek").await;
    let vault = open(&double);
    let wrapped = vault.wrap(&data_key()).await.unwrap();
    double.take_calls();
    (double, vault, wrapped)
}

async fn wrap(vault: &KeyVault) -> Option<KeyWrapError> {
    vault.wrap(&data_key()).await.err()
}

async fn unwrap(vault: &KeyVault, wrapped: &Wrapped) -> Option<KeyWrapError> {
    vault.unwrap(wrapped).await.err()
}

#[tokio::test]
async fn each_refusal_has_its_meaning() {
    let (double, vault, wrapped) = used().await;
    let cases = [
        (403, "ForbiddenByRbac", KeyWrapError::Forbidden),
        (403, "AccessDenied", KeyWrapError::Forbidden),
        (403, "ForbiddenByFirewall", KeyWrapError::Forbidden),
        (401, "Unauthorized", KeyWrapError::Forbidden),
        (403, "KeyDisabled", KeyWrapError::Disabled),
        (403, "KeyExpired", KeyWrapError::Disabled),
        (403, "KeyNotYetValid", KeyWrapError::Disabled),
        (404, "KeyNotFound", KeyWrapError::Disabled),
        (409, "Conflict", KeyWrapError::Unavailable),
        (501, "NotImplemented", KeyWrapError::Unavailable),
    ];
    for (status, code, expected) in cases {
        double.next([Instead::Refuse(status, code, None), Instead::Refuse(status, code, None)]);
        assert_eq!(unwrap(&vault, &wrapped).await, Some(expected), "{status} {code}");
        assert_eq!(wrap(&vault).await, Some(expected), "{status} {code}");
    }
    assert_eq!(double.take_calls().len(), 2 * cases.len(), "none of these gets better by asking again");
    double.next([Instead::Refuse(400, "BadParameter", None), Instead::Refuse(400, "BadParameter", None)]);
    assert_eq!(unwrap(&vault, &wrapped).await, Some(KeyWrapError::Corrupt));
    assert_eq!(wrap(&vault).await, Some(KeyWrapError::Unavailable), "a data key to be wrapped is not corrupt");
    assert_eq!(unwrap(&vault, &wrapped).await, None);
}

#[tokio::test]
async fn a_disabled_version_and_an_unknown_one() {
    let (double, vault, wrapped) = used().await;
    double.disable(&wrapped.version.0);
    assert_eq!(unwrap(&vault, &wrapped).await, Some(KeyWrapError::Disabled));
    assert_eq!(wrap(&vault).await, Some(KeyWrapError::Disabled));
    assert_eq!(vault.newest_version().await, Err(KeyWrapError::Disabled));
    double.rotate();
    assert_eq!(wrap(&vault).await, None);
    let unknown = Wrapped { version: KekVersion("0".repeat(32)), bytes: wrapped.bytes };
    assert_eq!(unwrap(&vault, &unknown).await, Some(KeyWrapError::Disabled));
}

#[tokio::test]
async fn throttling_is_tried_again_a_few_times() {
    let (double, vault, wrapped) = used().await;
    let throttled = || Instead::Refuse(429, "Throttled", Some(0));
    double.next([throttled(), throttled()]);
    assert_eq!(unwrap(&vault, &wrapped).await, None);
    assert_eq!(double.take_calls().len(), TRIES);
    double.next([throttled(), throttled(), throttled()]);
    assert_eq!(unwrap(&vault, &wrapped).await, Some(KeyWrapError::Busy { retry_after: Duration::ZERO }));
    assert_eq!(double.take_calls().len(), TRIES);
}

/// If the wait were honoured, this test would take as long.
#[tokio::test]
async fn a_long_wait_is_handed_on_and_not_waited_for() {
    let (double, vault, wrapped) = used().await;
    double.next([Instead::Refuse(429, "Throttled", Some(45)), Instead::Refuse(429, "Throttled", Some(86_400))]);
    assert_eq!(unwrap(&vault, &wrapped).await, Some(KeyWrapError::Busy { retry_after: Duration::from_secs(45) }));
    assert_eq!(unwrap(&vault, &wrapped).await, Some(KeyWrapError::Busy { retry_after: Duration::from_mins(1) }), "bounded");
    double.next([Instead::Refuse(503, "ServiceUnavailable", Some(86_400))]);
    assert_eq!(unwrap(&vault, &wrapped).await, Some(KeyWrapError::Unavailable));
    assert_eq!(double.take_calls().len(), 3);
}

#[tokio::test]
async fn a_vault_in_trouble_is_tried_again_a_few_times() {
    let (double, vault, wrapped) = used().await;
    let trouble = || Instead::Refuse(503, "ServiceUnavailable", None);
    double.next([trouble()]);
    assert_eq!(unwrap(&vault, &wrapped).await, None);
    assert_eq!(double.take_calls().len(), 2);
    double.next([trouble(), trouble(), trouble()]);
    assert_eq!(wrap(&vault).await, Some(KeyWrapError::Unavailable));
    assert_eq!(double.take_calls().len(), TRIES);
}

#[tokio::test]
async fn an_answer_that_is_none_is_not_believed() {
    let (double, vault, wrapped) = used().await;
    let kid = format!("{}/{}", double.key_url, wrapped.version.0);
    let said = |kid: &str, value: &str| format!(r#"{{"kid":"{kid}","value":"{value}"}}"#);
    let other_version = format!("{}/{}", double.key_url, "0".repeat(32));
    let other_key = kid.replace("/kek/", "/another/");
    let no_version = format!("{}/newest", double.key_url);
    for text in ["", "<html>", "{}", &said(&kid, "=="), &said(&no_version, "AAAA"), &said(&other_key, "AAAA")] {
        double.next([Instead::Say(text.to_owned()), Instead::Say(text.to_owned()), Instead::Say(text.to_owned())]);
        assert_eq!(unwrap(&vault, &wrapped).await, Some(KeyWrapError::Unavailable), "{text}");
        assert_eq!(wrap(&vault).await, Some(KeyWrapError::Unavailable), "{text}");
        assert_eq!(vault.newest_version().await, Err(KeyWrapError::Unavailable), "{text}");
    }
    double.next([Instead::Say(said(&other_version, &"A".repeat(43))), Instead::Say(said(&kid, "AAAA"))]);
    assert_eq!(unwrap(&vault, &wrapped).await, Some(KeyWrapError::Unavailable), "another version unwrapped");
    assert_eq!(unwrap(&vault, &wrapped).await, Some(KeyWrapError::Corrupt), "what was wrapped is no data key");
    double.next([Instead::Say(said(&kid, "")), Instead::Say(said(&kid, &"A".repeat(1400)))]);
    assert_eq!(wrap(&vault).await, Some(KeyWrapError::Unavailable), "nothing came back");
    assert_eq!(wrap(&vault).await, Some(KeyWrapError::Unavailable), "more than any RSA key gives");
}

#[tokio::test]
async fn without_a_token_nothing_is_asked() {
    let (double, identity) = (KeyVaultDouble::start("kek").await, Identity::unknown());
    let vault = open_as(&double, &identity);
    assert_eq!(wrap(&vault).await, Some(KeyWrapError::Unavailable));
    assert!(double.take_calls().iter().all(|call| call.token.is_none()) && !identity.scopes().is_empty());
}

#[tokio::test]
async fn nobody_there_and_nobody_answering() {
    let key = vault_key("https://127.0.0.1:1/keys/kek");
    let vault = KeyVault::open(&key, &azure(&Identity::known(), AUTHORITY.client())).unwrap();
    assert_eq!(wrap(&vault).await, Some(KeyWrapError::Unavailable));

    let (double, _, wrapped) = used().await;
    let root = reqwest::Certificate::from_pem(AUTHORITY.certificate.as_bytes()).unwrap();
    let hurried = reqwest::Client::builder().tls_certs_only([root]).timeout(Duration::from_millis(300)).build().unwrap();
    let vault = KeyVault::open(&vault_key(&double.key_url), &azure(&Identity::known(), hurried)).unwrap();
    double.next([Instead::Hang, Instead::Hang, Instead::Hang]);
    assert_eq!(unwrap(&vault, &wrapped).await, Some(KeyWrapError::Unavailable));
}
