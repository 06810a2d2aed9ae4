//! The queue handling of the Functions host (Azure/azure-webjobs-sdk, `QueueListener` and `QueueProcessor`): it takes a message, posts the
//! invocation, and deletes the message, returns it, or moves it to the poison queue. Its settings are those of `function-app/`.

use crate::azurite::Azurite;
use axum::{
    Router,
    body::Body,
    extract::ConnectInfo,
    http::{Request, StatusCode, header},
};
use azure_core::http::headers::HeaderName;
use azure_storage_queue::{
    QueueClient,
    models::{QueueClientReceiveMessagesOptions, QueueMessage, ReceivedMessage},
};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use std::net::{Ipv4Addr, SocketAddr};
use tower::ServiceExt;

/// How long a message is hidden while the job is running.
const TAKEN_FOR_SECONDS: i32 = 30;

const HOST: &str = include_str!("../../function-app/host.json");
const FUNCTION: &str = include_str!("../../function-app/send-mail/function.json");

pub struct Host {
    router: Router,
    queue: QueueClient,
    poison: QueueClient,
    /// `maxDequeueCount`
    most_dequeues: i64,
}

/// The outcome of a message.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Deleted.
    Done,
    /// To be redelivered; how often it was dequeued so far.
    Again(i64),
    /// Moved to the poison queue.
    Poisoned,
}

/// The queue that `send-mail` is triggered by.
pub fn queue_name() -> String {
    let function: Value = serde_json::from_str(FUNCTION).unwrap();
    function["bindings"][0]["queueName"].as_str().unwrap().to_owned()
}

impl Host {
    /// Requires an existing queue; the poison queue is created when needed.
    pub fn start(azurite: &Azurite, router: Router) -> Self {
        let host: Value = serde_json::from_str(HOST).unwrap();
        let settings = &host["extensions"]["queues"];
        assert_eq!((&settings["messageEncoding"], &settings["visibilityTimeout"]), (&json!("none"), &json!("00:00:30")));
        let name = queue_name();
        let (queue, poison) = (azurite.client(&name), azurite.client(&format!("{name}-poison")));
        Self { router, queue, poison, most_dequeues: settings["maxDequeueCount"].as_i64().unwrap() }
    }

    /// Handles one message, if one is visible. A message to be redelivered is visible afterwards, as if its time had passed.
    pub async fn handle_one(&self) -> Option<Outcome> {
        let message = self.take().await?;
        Some(match self.invoke(&message).await {
            StatusCode::OK => {
                self.delete(&message).await;
                Outcome::Done
            }
            _ if message.dequeue_count.unwrap() >= self.most_dequeues => {
                self.set_aside(&message).await;
                Outcome::Poisoned
            }
            _ => {
                self.release(&message).await;
                Outcome::Again(message.dequeue_count.unwrap())
            }
        })
    }

    pub async fn take(&self) -> Option<ReceivedMessage> {
        let options = QueueClientReceiveMessagesOptions {
            visibility_timeout: Some(TAKEN_FOR_SECONDS),
            ..QueueClientReceiveMessagesOptions::default()
        };
        let received = self.queue.receive_messages(Some(options)).await.unwrap().into_model().unwrap();
        received.items.and_then(|items| items.into_iter().next())
    }

    /// Posts the invocation, with its text encoded as JSON twice.
    pub async fn invoke(&self, message: &ReceivedMessage) -> StatusCode {
        let text = json!(message.message_text.as_ref().unwrap()).to_string();
        let count = message.dequeue_count.unwrap().to_string();
        self.post("/send-mail", &json!({ "Data": { "message": text }, "Metadata": { "DequeueCount": count } })).await
    }

    /// A tick of the timer.
    pub async fn tick(&self) {
        assert_eq!(self.post("/maintenance", &json!({ "Data": { "timer": {} }, "Metadata": {} })).await, StatusCode::OK);
    }

    /// The texts in the poison queue.
    pub async fn poison(&self) -> Vec<String> {
        let peeked = self.poison.peek_messages(None).await.unwrap().into_model().unwrap();
        peeked.items.unwrap_or_default().into_iter().map(|message| message.message_text.unwrap()).collect()
    }

    async fn post(&self, path: &str, invocation: &Value) -> StatusCode {
        let peer = ConnectInfo(SocketAddr::from((Ipv4Addr::LOCALHOST, 50_000)));
        let request = Request::post(path).header(header::CONTENT_TYPE, "application/json").extension(peer);
        let response = self.router.clone().oneshot(request.body(Body::from(invocation.to_string())).unwrap()).await.unwrap();
        let status = response.status();
        let answer = response.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(answer, r#"{"Outputs":{},"Logs":[],"ReturnValue":null}"#, "the host waits for an answer of its shape");
        status
    }

    async fn delete(&self, message: &ReceivedMessage) {
        let (id, receipt) = (message.message_id.as_deref().unwrap(), message.pop_receipt.as_deref().unwrap());
        self.queue.delete_message(id, receipt, None).await.unwrap();
    }

    /// Hides it for `visibilityTimeout`, and then lets that time pass at once.
    async fn release(&self, message: &ReceivedMessage) {
        let (id, receipt) = (message.message_id.as_deref().unwrap(), message.pop_receipt.as_deref().unwrap());
        let hidden = self.queue.update_message(id, receipt, 30, None).await.unwrap();
        assert!(self.take().await.is_none(), "hidden until its time has passed");
        let receipt = hidden.headers().get_str(&HeaderName::from_static("x-ms-popreceipt")).unwrap();
        self.queue.update_message(id, receipt, 0, None).await.unwrap();
    }

    async fn set_aside(&self, message: &ReceivedMessage) {
        self.poison.create(None).await.unwrap();
        let copy = QueueMessage { message_text: message.message_text.clone() };
        self.poison.send_message(copy.try_into().unwrap(), None).await.unwrap();
        self.delete(message).await;
    }
}
