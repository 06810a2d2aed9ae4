//! Mail through Azure Communication Services (REST, `Azure/azure-rest-api-specs`,
//! specification/communication/data-plane/Email/stable/2025-09-01). There is no SDK for Rust.
//!
//! The id of a letter is the `Operation-Id`: the service sends an operation once, however often it is submitted. So when it is in doubt
//! whether a letter was accepted, the letter is simply submitted again.

use super::{
    azure::Azure,
    communication_services_failure::{Answer, Failure},
};
use crate::{
    azure_settings::MailSettings,
    domain::ids::MailId,
    ports::{Letter, MailError, Mailer},
};
use async_trait::async_trait;
use azure_core::Uuid;
use reqwest::{RequestBuilder, Response, StatusCode, Url, header};
use serde::Deserialize;
use serde_json::json;
use std::time::Duration;

const API_VERSION: &str = "api-version=2025-09-01";
const SCOPE: &str = "https://communication.azure.com/.default";

/// How long an invocation waits for the outcome of a letter that was accepted. What is still in progress then is not followed any further:
/// its outcome is in the service's own logs.
const FOLLOW_FOR: Duration = Duration::from_secs(10);
/// Between two polls, when the service does not say.
const USUAL_PAUSE: Duration = Duration::from_secs(2);
/// Between two polls at least, whatever the service says.
const SHORTEST_PAUSE: Duration = Duration::from_millis(100);

/// One resource and one of its senders.
pub struct CommunicationServices {
    endpoint: Url,
    from: String,
    azure: Azure,
}

/// The mail service cannot be used. The text says what to do.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommunicationServicesError {
    /// A token would be sent in the clear.
    #[error("the mail service must be reached by https")]
    NotHttps,
}

impl CommunicationServices {
    /// Sends no request yet.
    pub fn open(mail: &MailSettings, azure: &Azure) -> Result<Self, CommunicationServicesError> {
        if mail.endpoint.scheme() != "https" {
            return Err(CommunicationServicesError::NotHttps);
        }
        Ok(Self { endpoint: mail.endpoint.clone(), from: mail.from.clone(), azure: azure.clone() })
    }

    async fn hand_over(&self, letter: &Letter, request_id: Uuid) -> Result<(), Failure> {
        let request = self.azure.http.post(self.url("/emails:send"));
        let request = request
            .header("Operation-Id", letter.id.to_string())
            .header("x-ms-client-request-id", request_id.to_string())
            .header(header::CONTENT_TYPE, "application/json")
            .body(self.message(letter));
        let reply = self.ask(request).await?;
        match (reply.answer.status, &reply.status) {
            (202, Some(_)) => self.follow(letter.id, reply).await,
            (200..=399, _) => Err(Failure::Strange(reply.answer)),
            _ => Err(Failure::Refused(reply.answer)),
        }
    }

    /// Polls for the outcome, for a while.
    async fn follow(&self, id: MailId, taken: Reply) -> Result<(), Failure> {
        tokio::time::timeout(FOLLOW_FOR, self.outcome(id, taken)).await.unwrap_or(Ok(()))
    }

    async fn outcome(&self, id: MailId, mut reply: Reply) -> Result<(), Failure> {
        loop {
            match reply.status {
                Some(Status::Succeeded) => return Ok(()),
                Some(Status::Failed | Status::Canceled) => return Err(Failure::GivenUp(reply.answer)),
                Some(Status::NotStarted | Status::Running | Status::Other) => {}
                None => {
                    tracing::warn!(event = "mail_not_followed", status = reply.answer.status, code = reply.answer.code);
                    return Ok(());
                }
            }
            let pause = reply.answer.retry_after.unwrap_or(USUAL_PAUSE).max(SHORTEST_PAUSE);
            if pause > FOLLOW_FOR {
                return Ok(());
            }
            tokio::time::sleep(pause).await;
            let look = self.azure.http.get(self.url(&format!("/emails/operations/{id}")));
            reply = self.ask(look).await.unwrap_or_default();
        }
    }

    async fn ask(&self, request: RequestBuilder) -> Result<Reply, Failure> {
        let token = self.azure.credential.get_token(&[SCOPE], None).await.map_err(|_| Failure::NoToken)?;
        let response = request.bearer_auth(token.token.secret()).send().await.map_err(|_| Failure::NoAnswer)?;
        Reply::read(response).await
    }

    fn url(&self, path: &str) -> Url {
        let mut url = self.endpoint.clone();
        url.set_path(path);
        url.set_query(Some(API_VERSION));
        url
    }

    /// `EmailMessage`. `Auto-Submitted` suppresses out-of-office replies (RFC 3834 section 5).
    fn message(&self, letter: &Letter) -> String {
        let message = json!({
            "senderAddress": self.from,
            "recipients": { "to": [{ "address": letter.to.ascii() }] },
            "content": { "subject": letter.subject, "plainText": letter.text, "html": letter.html },
            "headers": { "Auto-Submitted": "auto-generated" },
            "userEngagementTrackingDisabled": true,
        });
        message.to_string()
    }
}

#[async_trait]
impl Mailer for CommunicationServices {
    async fn send(&self, letter: &Letter) -> Result<(), MailError> {
        // Not the letter's id, which is in the store too: this one is logged, and identifies only the request.
        let request_id = Uuid::new_v4();
        self.hand_over(letter, request_id).await.map_err(|failure| failure.report(request_id))
    }
}

/// The service's response: `EmailSendResult` or `ErrorResponse`, or neither.
#[derive(Default)]
struct Reply {
    answer: Answer,
    /// The status of the operation, if the response states one.
    status: Option<Status>,
}

/// `EmailSendStatus`. The list may grow.
#[derive(Deserialize)]
enum Status {
    NotStarted,
    Running,
    Succeeded,
    Failed,
    Canceled,
    #[serde(other)]
    Other,
}

#[derive(Default, Deserialize)]
struct Body {
    status: Option<Status>,
    error: Option<ErrorDetail>,
}

#[derive(Default, Deserialize)]
struct ErrorDetail {
    code: Option<String>,
    message: Option<String>,
}

impl Reply {
    async fn read(response: Response) -> Result<Self, Failure> {
        let (status, retry_after) = (response.status(), retry_after(&response));
        let bytes = response.bytes().await.map_err(|_| Failure::NoAnswer)?;
        let body: Body = serde_json::from_slice(&bytes).unwrap_or_default();
        let ErrorDetail { code, message } = body.error.unwrap_or_default();
        let names_sender = message.is_some_and(|text| text.contains("senderAddress"));
        let is_operation = matches!(status, StatusCode::OK | StatusCode::ACCEPTED);
        let answer = Answer { status: status.as_u16(), code, names_sender, retry_after };
        Ok(Self { answer, status: body.status.filter(|_| is_operation) })
    }
}

/// Whole seconds, as specified.
fn retry_after(response: &Response) -> Option<Duration> {
    let seconds = response.headers().get(header::RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds))
}
