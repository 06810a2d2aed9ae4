//! The queue as an Azure Storage queue, which the Functions host reads and acknowledges: it delivers a message again until the job is done,
//! and sets it aside after `maxDequeueCount` deliveries (`function-app/host.json`).

use super::azure::Azure;
use crate::ports::{Queue, QueueError, QueueText};
use async_trait::async_trait;
use azure_core::{
    error::ErrorKind,
    http::{RequestContent, Url, XmlFormat, headers::HeaderName},
};
use azure_storage_queue::{
    QueueClient, QueueClientOptions,
    models::{QueueClientSendMessageOptions, QueueMessage},
};
use std::{sync::Arc, time::Duration};

/// The longest that the service hides a message. A job that is due later sends itself again when it is delivered.
const LONGEST_DELAY: Duration = Duration::from_hours(7 * 24);

/// The service's own default is seven days. Mails would survive that, because maintenance announces them again; a request for a new
/// password exists only on the queue.
const NEVER_EXPIRES: i32 = -1;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-ms-request-id");

/// One queue of a storage account.
pub struct StorageQueue {
    client: QueueClient,
}

/// The queue cannot be used. The text says what to do.
#[derive(Debug, thiserror::Error)]
#[error("the queue cannot be used: {0}")]
pub struct StorageQueueError(azure_core::Error);

impl StorageQueue {
    /// The queue at this address. Sends no request yet.
    ///
    /// # Errors
    /// [`StorageQueueError`] for an address that no token may be sent to.
    pub fn open(queue: &Url, azure: &Azure) -> Result<Self, StorageQueueError> {
        let options = QueueClientOptions { client_options: azure.client_options(), ..QueueClientOptions::default() };
        let client = QueueClient::new(queue.clone(), Some(Arc::clone(&azure.credential)), Some(options));
        client.map(|client| Self { client }).map_err(StorageQueueError)
    }
}

#[async_trait]
impl Queue for StorageQueue {
    /// The text is sent as it is, without base64 around it: `messageEncoding` is `none` on the other end.
    async fn send(&self, text: &QueueText, delay: Duration) -> Result<(), QueueError> {
        let message = message(text).map_err(|error| failed(&error))?;
        let options = QueueClientSendMessageOptions {
            visibility_timeout: Some(seconds(delay)),
            message_time_to_live: Some(NEVER_EXPIRES),
            ..QueueClientSendMessageOptions::default()
        };
        self.client.send_message(message, Some(options)).await.map(drop).map_err(|error| failed(&error))
    }
}

fn message(text: &QueueText) -> azure_core::Result<RequestContent<QueueMessage, XmlFormat>> {
    QueueMessage { message_text: Some(text.as_str().to_owned()) }.try_into()
}

/// Whole seconds, rounded up.
fn seconds(delay: Duration) -> i32 {
    let delay = delay.min(LONGEST_DELAY);
    let whole = delay.as_secs() + u64::from(delay.subsec_nanos() > 0);
    i32::try_from(whole).expect("seven days of seconds fit")
}

/// Logs the status, the code and the request id of the response, but not its text, which may quote the message.
fn failed(error: &azure_core::Error) -> QueueError {
    let (mut code, mut request_id) = (None, None);
    if let ErrorKind::HttpResponse { error_code, raw_response, .. } = error.kind() {
        code = error_code.as_deref();
        request_id = raw_response.as_ref().and_then(|raw| raw.headers().get_optional_str(&REQUEST_ID));
    }
    let status = error.http_status().map(u16::from);
    tracing::warn!(event = "queue_failed", status, code, cause = cause(error.kind()), activity_id = request_id);
    QueueError
}

const fn cause(kind: &ErrorKind) -> &'static str {
    match kind {
        ErrorKind::HttpResponse { .. } => "refused",
        ErrorKind::Connection => "no connection",
        ErrorKind::Io => "no answer",
        ErrorKind::Credential => "no token",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::{LONGEST_DELAY, seconds};
    use std::time::Duration;

    #[test]
    fn a_delay_is_never_cut_short_but_by_the_service() {
        for (delay, whole) in [
            (Duration::ZERO, 0),
            (Duration::from_nanos(1), 1),
            (Duration::from_secs(30), 30),
            (Duration::from_millis(30_001), 31),
            (LONGEST_DELAY, 604_800),
            (LONGEST_DELAY + Duration::from_nanos(1), 604_800),
            (Duration::MAX, 604_800),
        ] {
            assert_eq!(seconds(delay), whole, "{delay:?}");
        }
    }
}
