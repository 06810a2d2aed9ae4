//! What a failure leaves in the log.

use crate::{
    double::{Instead, KeyVaultDouble},
    identity::{Identity, azure, data_key, open_as, vault_key},
};
use finrust::{
    adapters::{key_vault::KeyVault, system::SystemClock},
    ports::{KeyWrap, KeyWrapError},
    telemetry::{Format, subscriber},
};
use serde_json::{Value, json};
use std::{
    io,
    sync::{Arc, Mutex},
};
use test_support::listening::listen;

/// Lines as written.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Lines {
    /// Returns the lines so far, without their times, and clears them.
    fn take(&self) -> Vec<Value> {
        let written = String::from_utf8(std::mem::take(&mut *self.0.lock().unwrap())).unwrap();
        let mut lines: Vec<Value> = written.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        for line in &mut lines {
            line.as_object_mut().unwrap().remove("time").unwrap();
        }
        lines
    }
}

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn each_failure_is_one_line_that_names_no_key() {
    let lines = Lines::default();
    let writer = lines.clone();
    let _logged = listen(subscriber(Format::Json, Arc::new(SystemClock), move || writer.clone()));
    let double = KeyVaultDouble::start("kek").await;
    let vault = open_as(&double, &Identity::known());
    let wrapped = vault.wrap(&data_key()).await.unwrap();
    assert_eq!(lines.take(), [Value::Null; 0], "what goes well is not worth a line");

    double.disable(&wrapped.version.0);
    assert!(vault.unwrap(&wrapped).await.is_err());
    let request_id = "5f1c0b7e-0000-4000-8000-000000000000";
    let line = |operation, status: u16, code| json!({ "level": "WARN", "event": "key_vault_failed", "operation": operation, "status": status, "code": code, "activity_id": request_id });
    assert_eq!(lines.take(), [line("unwrap", 403, "KeyDisabled")]);

    let throttled = || Instead::Refuse(429, "Throttled", Some(0));
    double.next([throttled(), throttled(), throttled()]);
    assert!(vault.wrap(&data_key()).await.is_err());
    assert_eq!(lines.take(), [line("wrap", 429, "Throttled")], "one line for all tries");

    let without_answer = |operation, cause| json!({ "level": "WARN", "event": "key_vault_failed", "operation": operation, "cause": cause });
    double.next([Instead::Say("{}".to_owned())]);
    assert!(vault.newest_version().await.is_err());
    assert_eq!(lines.take(), [without_answer("newest_version", "answer")]);

    let vault = open_as(&double, &Identity::unknown());
    assert!(vault.wrap(&data_key()).await.is_err());
    assert_eq!(lines.take(), [without_answer("wrap", "credential")]);

    let strangers = reqwest::Client::builder().tls_certs_only([]).build().unwrap();
    let vault = KeyVault::open(&vault_key(&double.key_url), &azure(&Identity::known(), strangers)).unwrap();
    assert_eq!(vault.wrap(&data_key()).await.err(), Some(KeyWrapError::Unavailable), "its certificate is not trusted");
    assert_eq!(lines.take(), [without_answer("wrap", "connection")]);
}
