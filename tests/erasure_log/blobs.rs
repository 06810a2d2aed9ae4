//! Append blobs, and what is done when the service refuses or its response is lost.

use crate::{append, keeps_what_it_was_given, line, numbers};
use finrust::{
    adapters::{azure::Azure, erasure_blob::ErasureBlob},
    ports::{ErasureLog, ErasureLogError},
};
use std::sync::Arc;
use test_support::{
    doubles::{blob_storage::BlobStorage, credential::TestCredential, https::AUTHORITY, tokens},
    log::Log,
};

fn azure() -> Azure {
    Azure { credential: Arc::new(TestCredential::Gives), http: AUTHORITY.client() }
}

fn log_in(double: &BlobStorage) -> ErasureBlob {
    ErasureBlob::open(&double.url, &azure()).unwrap()
}

#[tokio::test]
async fn blobs_keep_what_they_were_given() {
    let double = BlobStorage::start().await;
    keeps_what_it_was_given(&log_in(&double)).await;
    let audiences: Vec<_> = double.tokens().iter().map(|token| tokens::audience(token).unwrap()).collect();
    assert!(audiences.iter().all(|audience| audience == "https://storage.azure.com"), "{audiences:?}");
}

#[tokio::test]
async fn a_line_is_one_request_once_the_blob_is_there() {
    let double = BlobStorage::start().await;
    let log = log_in(&double);
    append(&log, [1]).await;
    assert_eq!(double.take_asked(), ["PUT log comp=appendblock", "PUT log", "PUT log comp=appendblock"]);
    append(&log, [2]).await;
    assert_eq!(double.take_asked(), ["PUT log comp=appendblock"]);
}

#[tokio::test]
async fn a_full_blob_is_followed_by_another() {
    let double = BlobStorage::with_blocks(2).await;
    append(&log_in(&double), 1..=5).await;
    let names: Vec<String> = double.blobs().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["log", "log-2", "log-3"]);
    assert_eq!(numbers(&log_in(&double)).await, [1, 2, 3, 4, 5]);
}

#[tokio::test]
async fn a_blob_that_was_made_meanwhile_is_not_made_again() {
    let double = BlobStorage::start().await;
    double.put("log", &format!("{}\n", line(1).as_str()));
    // As if the blob had not existed yet.
    double.refuse_next(404, "BlobNotFound");
    append(&log_in(&double), [2]).await;
    assert_eq!(double.take_asked(), ["PUT log comp=appendblock", "PUT log", "PUT log comp=appendblock"]);
    assert_eq!(numbers(&log_in(&double)).await, [1, 2]);
}

#[tokio::test]
async fn a_lost_answer_leaves_the_line_there_once_or_twice() {
    let double = BlobStorage::start().await;
    append(&log_in(&double), [1]).await;
    double.lose_next_answer();
    append(&log_in(&double), [2]).await;
    assert_eq!(numbers(&log_in(&double)).await, [1, 2, 2]);
}

#[tokio::test]
async fn an_empty_blob_has_no_lines() {
    let double = BlobStorage::start().await;
    double.put("log", "");
    assert_eq!(numbers(&log_in(&double)).await, [0; 0]);
    append(&log_in(&double), [1]).await;
    assert_eq!(numbers(&log_in(&double)).await, [1]);
}

#[tokio::test]
async fn a_long_log_is_read_whole() {
    let double = BlobStorage::start().await;
    let lines = vec![line(1).as_str().to_owned(); 60_000].join("\n");
    double.put("log", &lines);
    assert!(lines.len() > 8 * 1024 * 1024, "more than one answer of the service");
    assert_eq!(log_in(&double).lines().await.unwrap().len(), 60_000);
}

#[tokio::test]
async fn a_refusal_is_told_and_nothing_is_acknowledged() {
    let (double, told) = (BlobStorage::start().await, Log::start());
    let log = log_in(&double);
    for (status, code) in [(403, "AuthorizationPermissionMismatch"), (404, "ContainerNotFound"), (409, "BlobImmutableDueToPolicy")] {
        double.refuse_next(status, code);
        assert_eq!(log.append(&line(1)).await, Err(ErasureLogError), "{code}");
        double.refuse_next(status, code);
        assert_eq!(log.lines().await, Err(ErasureLogError), "{code}");
    }
    let events = told.events("erasure_log_failed");
    assert_eq!((events.len(), &events[0]["code"], &events[0]["status"]), (6, &"AuthorizationPermissionMismatch".into(), &403.into()));
    assert!(double.blobs().is_empty() && !told.text().contains(&line(1).as_str()[..60]));
}

#[tokio::test]
async fn without_a_token_nothing_is_asked() {
    let double = BlobStorage::start().await;
    let azure = Azure { credential: Arc::new(TestCredential::Refuses), ..azure() };
    let log = ErasureBlob::open(&double.url, &azure).unwrap();
    assert_eq!(log.append(&line(1)).await, Err(ErasureLogError));
    assert!(double.take_asked().is_empty());
}

#[test]
fn a_token_does_not_travel_in_the_clear() {
    assert!(ErasureBlob::open(&"http://127.0.0.1/erasures/log".parse().unwrap(), &azure()).is_err());
}
