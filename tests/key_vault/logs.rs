//! What a failure leaves in the log.

use crate::identity::{Identity, azure, data_key, open_as, vault_key};
use finrust::{
    adapters::key_vault::KeyVault,
    ports::{KeyWrap, KeyWrapError},
};
use serde_json::{Value, json};
use test_support::{
    doubles::key_vault::{Instead, KeyVaultDouble},
    log::Log,
};

/// The lines since the last call, without their times.
fn take(log: &Log) -> Vec<Value> {
    let mut lines: Vec<Value> = log.take().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for line in &mut lines {
        line.as_object_mut().unwrap().remove("time").unwrap();
    }
    lines
}

#[tokio::test]
async fn each_failure_is_one_line_that_names_no_key() {
    let log = Log::start();
    let double = KeyVaultDouble::start("kek").await;
    let vault = open_as(&double, &Identity::known());
    let wrapped = vault.wrap(&data_key()).await.unwrap();
    assert_eq!(take(&log), [Value::Null; 0], "what goes well is not worth a line");

    double.disable(&wrapped.version.0);
    assert!(vault.unwrap(&wrapped).await.is_err());
    let request_id = "5f1c0b7e-0000-4000-8000-000000000000";
    let line = |operation, status: u16, code| json!({ "level": "WARN", "event": "key_vault_failed", "operation": operation, "status": status, "code": code, "activity_id": request_id });
    assert_eq!(take(&log), [line("unwrap", 403, "KeyDisabled")]);

    let throttled = || Instead::Refuse(429, "Throttled", Some(0));
    double.next([throttled(), throttled(), throttled()]);
    assert!(vault.wrap(&data_key()).await.is_err());
    assert_eq!(take(&log), [line("wrap", 429, "Throttled")], "one line for all tries");

    let without_answer = |operation, cause| json!({ "level": "WARN", "event": "key_vault_failed", "operation": operation, "cause": cause });
    double.next([Instead::Say("{}".to_owned())]);
    assert!(vault.newest_version().await.is_err());
    assert_eq!(take(&log), [without_answer("newest_version", "answer")]);

    let vault = open_as(&double, &Identity::unknown());
    assert!(vault.wrap(&data_key()).await.is_err());
    assert_eq!(take(&log), [without_answer("wrap", "credential")]);

    let strangers = reqwest::Client::builder().tls_certs_only([]).build().unwrap();
    let vault = KeyVault::open(&vault_key(&double.key_url), &azure(&Identity::known(), strangers)).unwrap();
    assert_eq!(vault.wrap(&data_key()).await.err(), Some(KeyWrapError::Unavailable), "its certificate is not trusted");
    assert_eq!(take(&log), [without_answer("wrap", "connection")]);
}
