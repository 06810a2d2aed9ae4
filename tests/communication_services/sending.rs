//! What happens to a letter, whatever the service responds.

use crate::{Double, FROM, TestCredential, letter, mailer, mailer_with};
use finrust::{
    adapters::{
        azure::Azure,
        communication_services::{CommunicationServices, CommunicationServicesError},
    },
    azure_settings::MailSettings,
    ports::{MailError, Mailer},
};
use serde_json::json;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use test_support::{
    doubles::{
        communication_services::{Answer, Asked, Stage},
        https::AUTHORITY,
        tokens,
    },
    log::Log,
};

const fn again(seconds: u64) -> Result<(), MailError> {
    Err(MailError::TryAgain { retry_after: Duration::from_secs(seconds) })
}

const SOON: u64 = 60;
const AFTER_REPAIR: u64 = 900;

/// Sends the letter once, with this planned response; returns the result and what was logged as `mail_failed`, if anything.
async fn sent_with(answer: Answer) -> (Double, Result<(), MailError>, Option<serde_json::Value>) {
    let (double, log) = (Double::start().await, Log::start());
    double.answer_next(answer);
    let result = mailer(&double).send(&letter()).await;
    let failed = log.events("mail_failed");
    assert!(failed.len() <= 1, "{failed:?}");
    for private in ["canary", "finrust.test", &letter().id.to_string()] {
        assert!(!log.text().contains(private), "{}", log.text());
    }
    (double, result, failed.into_iter().next())
}

fn refusal(status: u16, code: &'static str, retry_after: Option<u64>) -> Answer {
    Answer::Refuse { status, code, message: "not today", retry_after }
}

#[tokio::test]
async fn a_letter_arrives_whole() {
    let (double, log) = (Double::start().await, Log::start());
    assert_eq!(mailer(&double).send(&letter()).await, Ok(()));
    let [sent] = double.sent().try_into().unwrap();
    let letter = letter();
    assert_eq!(sent.operation_id, letter.id.to_string());
    assert_eq!(tokens::audience(&sent.token).as_deref(), Some("https://communication.azure.com"));
    let expected = json!({
        "senderAddress": FROM,
        "recipients": { "to": [{ "address": "anna.canary@example.nl" }] },
        "content": { "subject": letter.subject, "plainText": letter.text, "html": letter.html },
        "headers": { "Auto-Submitted": "auto-generated" },
        "userEngagementTrackingDisabled": true,
    });
    assert_eq!(sent.message, expected);
    assert_eq!(log.text(), "");
}

#[tokio::test]
async fn a_letter_is_followed_until_it_succeeds() {
    let (double, result, failed) = sent_with(Answer::Take(vec![Stage::RUNNING, Stage::RUNNING, Stage::SUCCEEDED])).await;
    assert_eq!((result, failed), (Ok(()), None));
    assert_eq!(double.asked(), Asked { to_send: 1, for_status: 2 });
}

#[tokio::test]
async fn a_letter_that_is_done_at_once_is_not_followed() {
    let (double, result, _) = sent_with(Answer::Take(vec![Stage::SUCCEEDED])).await;
    assert_eq!((result, double.asked()), (Ok(()), Asked { to_send: 1, for_status: 0 }));
}

#[tokio::test]
async fn a_letter_that_takes_long_is_not_waited_for() {
    let (slow, started) = (Stage { retry_after: Some(20), ..Stage::RUNNING }, Instant::now());
    let (double, result, failed) = sent_with(Answer::Take(vec![slow])).await;
    assert_eq!((result, failed), (Ok(()), None));
    assert_eq!(double.asked(), Asked { to_send: 1, for_status: 0 });
    assert!(started.elapsed() < Duration::from_secs(8), "{:?}", started.elapsed());
}

#[tokio::test]
async fn a_letter_that_does_not_end_is_left_to_the_service() {
    let started = Instant::now();
    let (double, result, failed) = sent_with(Answer::Take(vec![Stage::RUNNING])).await;
    assert_eq!((result, failed), (Ok(()), None));
    assert!(double.asked().for_status > 1 && started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
}

#[tokio::test]
async fn a_recipient_that_is_not_served_ends_it() {
    let failed = Stage::failed("EmailDroppedAllRecipientsSuppressed");
    let (_, result, event) = sent_with(Answer::Take(vec![Stage::RUNNING, failed])).await;
    assert_eq!(result, Err(MailError::Never));
    let event = event.unwrap();
    assert_eq!((&event["level"], &event["code"]), (&json!("ERROR"), &json!("EmailDroppedAllRecipientsSuppressed")));
}

#[tokio::test]
async fn another_failure_of_the_operation_keeps_the_mail() {
    for stage in [Stage::failed("InternalError"), Stage { status: "Canceled", ..Stage::failed("") }] {
        let (_, result, event) = sent_with(Answer::Take(vec![Stage::RUNNING, stage])).await;
        assert_eq!(result, again(AFTER_REPAIR), "{stage:?}");
        assert_eq!(event.unwrap()["cause"], "given up", "{stage:?}");
    }
}

#[tokio::test]
async fn a_refusal_decides() {
    for (status, code, retry_after, result, level) in [
        (429, "TooManyRequests", Some(7), again(7), "WARN"),
        (429, "TooManyRequests", None, again(SOON), "WARN"),
        (503, "ServiceUnavailable", None, again(SOON), "WARN"),
        (401, "Denied", None, again(AFTER_REPAIR), "ERROR"),
        (403, "Forbidden", None, again(AFTER_REPAIR), "ERROR"),
        (404, "DomainNotLinked", None, again(AFTER_REPAIR), "ERROR"),
        (400, "BadRequest", None, Err(MailError::Never), "ERROR"),
    ] {
        let (double, answer, event) = sent_with(refusal(status, code, retry_after)).await;
        assert_eq!(answer, result, "{status}");
        let event = event.unwrap();
        assert_eq!((&event["status"], &event["code"], &event["level"]), (&json!(status), &json!(code), &json!(level)));
        assert!(uuid::Uuid::try_parse(event["activity_id"].as_str().unwrap()).is_ok());
        assert_eq!((double.sent().len(), double.asked().to_send), (0, 1), "{status}");
    }
}

#[tokio::test]
async fn a_sender_that_is_not_set_up_keeps_the_mail() {
    let message = "Request body validation error. See property 'senderAddress'";
    let (_, result, _) = sent_with(Answer::Refuse { status: 400, code: "BadRequest", message, retry_after: None }).await;
    assert_eq!(result, again(AFTER_REPAIR));
}

#[tokio::test]
async fn an_answer_of_somebody_else_proves_nothing() {
    for status in [200, 202, 204, 302] {
        let (_, result, event) = sent_with(Answer::Text(status, "<html>Welcome</html>")).await;
        assert_eq!(result, again(AFTER_REPAIR), "{status}");
        assert_eq!(event.unwrap()["cause"], "strange answer", "{status}");
    }
    let (_, result, _) = sent_with(Answer::Text(502, "<html>Bad gateway</html>")).await;
    assert_eq!(result, again(SOON));
}

#[tokio::test]
async fn a_letter_that_was_taken_is_not_sent_again_because_nobody_knows_what_became_of_it() {
    let (double, log) = (Double::start().await, Log::start());
    double.answer_next(Answer::Take(vec![Stage::RUNNING, Stage::UNKNOWN]));
    assert_eq!(mailer(&double).send(&letter()).await, Ok(()));
    assert_eq!(double.asked(), Asked { to_send: 1, for_status: 1 });
    assert_eq!(log.events("mail_not_followed")[0]["status"], 500);
}

#[tokio::test]
async fn a_stage_that_the_specification_does_not_know_is_on_the_way() {
    let (double, log) = (Double::start().await, Log::start());
    double.answer_next(Answer::Take(vec![Stage::RUNNING, Stage { status: "NoSuchStage", ..Stage::RUNNING }, Stage::SUCCEEDED]));
    assert_eq!(mailer(&double).send(&letter()).await, Ok(()));
    assert_eq!((double.sent().len(), double.asked().for_status), (1, 2));
    assert_eq!(log.text(), "");
}

#[tokio::test]
async fn a_lost_answer_and_a_repeat_make_one_mail() {
    let (double, log) = (Double::start().await, Log::start());
    double.answer_next(Answer::TakeAndHang);
    let root = reqwest::Certificate::from_pem(AUTHORITY.certificate.as_bytes()).unwrap();
    let hasty = reqwest::Client::builder().tls_certs_only([root]).timeout(Duration::from_secs(5)).build().unwrap();
    assert_eq!(mailer_with(&double, hasty, TestCredential::Gives).send(&letter()).await, again(SOON));
    assert_eq!(log.events("mail_failed")[0]["cause"], "no answer");
    for _ in 0..2 {
        assert_eq!(mailer(&double).send(&letter()).await, Ok(()));
    }
    assert_eq!((double.sent().len(), double.asked().to_send), (1, 3));
}

#[tokio::test]
async fn without_a_token_nothing_is_asked() {
    let (double, log) = (Double::start().await, Log::start());
    let mailer = mailer_with(&double, AUTHORITY.client(), TestCredential::Refuses);
    assert_eq!(mailer.send(&letter()).await, again(SOON));
    assert_eq!(log.events("mail_failed")[0]["cause"], "no token");
    assert_eq!(double.asked(), Asked::default());
}

#[tokio::test]
async fn a_service_that_is_not_there_is_tried_again() {
    let mut double = Double::start().await;
    double.endpoint = "https://127.0.0.1:1/".parse().unwrap();
    assert_eq!(mailer(&double).send(&letter()).await, again(SOON));
}

#[test]
fn a_token_does_not_travel_in_the_clear() {
    let settings = MailSettings { endpoint: "http://127.0.0.1/".parse().unwrap(), from: FROM.to_owned() };
    let azure = Azure { credential: Arc::new(TestCredential::Gives), http: AUTHORITY.client() };
    let opened = CommunicationServices::open(&settings, &azure);
    assert_eq!(opened.err(), Some(CommunicationServicesError::NotHttps));
}
