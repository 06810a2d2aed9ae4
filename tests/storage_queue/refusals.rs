//! What is requested of the service, and what is logged and done when it refuses.

use crate::{azure, queue_at, text};
use finrust::{
    adapters::{azure::Azure, storage_queue::StorageQueue},
    ports::{Queue, QueueError},
};
use std::{sync::Arc, time::Duration};
use test_support::{
    doubles::{credential::TestCredential, storage_queue::StorageQueue as Double, tokens},
    log::Log,
};

#[tokio::test]
async fn a_message_says_when_it_is_due_and_that_it_stays() {
    let double = Double::start().await;
    let queue = queue_at(&double.url);
    for delay in [Duration::ZERO, Duration::from_millis(30_001), Duration::MAX] {
        assert_eq!(queue.send(&text(1), delay).await, Ok(()));
    }
    assert_eq!(double.texts(), [0; 3].map(|_| text(1).as_str().to_owned()));
    let query = |seconds| format!("messagettl=-1&visibilitytimeout={seconds}");
    assert_eq!(double.queries(), [query(0), query(31), query(604_800)]);
    let audiences: Vec<_> = double.tokens().iter().map(|token| tokens::audience(token).unwrap()).collect();
    assert_eq!(audiences, ["https://storage.azure.com"; 3]);
}

#[tokio::test]
async fn a_refusal_is_told_once_and_without_the_text() {
    let (double, log) = (Double::start().await, Log::start());
    double.refuse_next(403, "AuthorizationPermissionMismatch");
    assert_eq!(queue_at(&double.url).send(&text(1), Duration::ZERO).await, Err(QueueError));
    let [event] = log.events("queue_failed").try_into().unwrap();
    assert_eq!(
        (&event["level"], &event["status"], &event["code"]),
        (&"WARN".into(), &403.into(), &"AuthorizationPermissionMismatch".into())
    );
    assert_eq!(event["activity_id"], "5f2c9a10-0003-0011-0aaa-5d9c11000000");
    assert!(!log.text().contains(&text(1).as_str()[..24]), "{}", log.text());
    assert_eq!((double.asked(), double.texts().len()), (1, 0));
}

#[tokio::test]
async fn a_service_that_is_busy_is_asked_again() {
    let (double, log) = (Double::start().await, Log::start());
    double.refuse_next(503, "ServerBusy");
    assert_eq!(queue_at(&double.url).send(&text(1), Duration::ZERO).await, Ok(()));
    assert_eq!((double.asked(), double.texts().len(), log.text()), (2, 1, String::new()));
}

#[tokio::test]
async fn a_service_that_stays_busy_is_not_asked_for_ever() {
    let (double, log) = (Double::start().await, Log::start());
    for _ in 0..100 {
        double.refuse_next(503, "ServerBusy");
    }
    assert_eq!(queue_at(&double.url).send(&text(1), Duration::ZERO).await, Err(QueueError));
    assert_eq!((double.asked(), log.events("queue_failed").len()), (3, 1));
}

#[tokio::test]
async fn without_a_token_nothing_is_asked() {
    let (double, log) = (Double::start().await, Log::start());
    let azure = Azure { credential: Arc::new(TestCredential::Refuses), ..azure() };
    let queue = StorageQueue::open(&double.url, &azure).unwrap();
    assert_eq!(queue.send(&text(1), Duration::ZERO).await, Err(QueueError));
    assert_eq!(log.events("queue_failed")[0]["cause"], "no token");
    assert_eq!(double.asked(), 0);
}

#[tokio::test]
async fn the_double_takes_no_other_token() {
    let double = Double::start().await;
    let (token, _) = tokens::unsigned("https://communication.azure.com");
    let body = "<QueueMessage><MessageText>a</MessageText></QueueMessage>";
    let request = azure().http.post(format!("{}/messages", double.url)).header("content-type", "application/xml");
    let response = request.header("x-ms-version", "2026-04-06").bearer_auth(token).body(body).send().await.unwrap();
    assert_eq!((response.status().as_u16(), double.texts().len()), (401, 0));
}

#[test]
fn a_token_does_not_travel_in_the_clear() {
    assert!(StorageQueue::open(&"http://127.0.0.1/mail".parse().unwrap(), &azure()).is_err());
}
