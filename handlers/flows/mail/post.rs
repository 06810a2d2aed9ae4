//! Outgoing mail: sealed jobs on the queue that point at sealed mails in the store (P11).
//!
//! A mail is committed together with its cause and announced afterwards. Maintenance repeats a lost announcement; a repeated one finds the
//! mail gone or sends it with the same id. Queue messages hold no personal data and are sealed as well, so that they can be neither read
//! nor forged.

use crate::{
    crypto::envelope::{EnvelopeContext, Part},
    domain::{
        ids::{MailId, RecordId},
        mail::PendingMail,
        stored::BlindIndex,
    },
    ports::{Queue, QueueText},
    store::{
        error::StoreError,
        keys::sealing::{KeyScope, Sealing},
    },
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::{sync::Arc, time::Duration};

/// A job in a queue message.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Job {
    /// Send a waiting mail.
    Mail {
        /// The identity in whose partition it lies.
        identity: BlindIndex,
        mail: MailId,
    },
    /// Move the next files of a handover.
    HandOver { hand_over: RecordId },
    /// Create a one-time password and mail it, if the account exists.
    Request {
        /// The requested username.
        identity: BlindIndex,
        /// What is requested.
        request: Request,
    },
}

/// What anyone may request.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Request {
    PasswordReset,
}

/// The queue together with the key that seals its messages.
pub struct Post {
    queue: Arc<dyn Queue>,
    sealing: Arc<Sealing>,
}

/// Queue messages are sealed for a location of their own, where no document lies.
const PLACE: EnvelopeContext<'static> = EnvelopeContext { container: "queue", partition: "mail", document: "job", part: Part::Body };

impl Post {
    /// Sends through this queue.
    pub const fn new(queue: Arc<dyn Queue>, sealing: Arc<Sealing>) -> Self {
        Self { queue, sealing }
    }

    /// Enqueues a job, to become visible after `delay`.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the queue does not accept it.
    pub async fn send(&self, job: Job, delay: Duration) -> Result<(), StoreError> {
        let plaintext = serde_json::to_vec(&job).map_err(|_| StoreError::DoesNotOpen)?;
        let sealed = self.sealing.seal(KeyScope::Service, PLACE, &plaintext).await?;
        self.queue.send(&QueueText::of(&sealed), delay).await.map_err(|_| StoreError::Unavailable)
    }

    /// Announces committed mails. If that fails now, maintenance does it later.
    pub async fn announce(&self, identity: BlindIndex, mails: &[(MailId, PendingMail)], now: Timestamp) {
        for (mail, pending) in mails {
            let wait = pending.not_before.map(|due| due.duration_since(now));
            let delay = wait.and_then(|wait| Duration::try_from(wait).ok()).unwrap_or_default();
            if self.send(Job::Mail { identity, mail: *mail }, delay).await.is_err() {
                tracing::warn!(event = "mail_not_announced");
            }
        }
    }

    /// Returns the job in a queue message; `None` when it was not sealed by this service.
    pub async fn read(&self, text: &str) -> Result<Option<Job>, StoreError> {
        let Some(unopened) = QueueText::decode(text) else {
            return Ok(None);
        };
        match self.sealing.open(KeyScope::Service, PLACE, &unopened).await {
            // Sealed by a later version, which will handle it when the message is delivered again.
            Ok(plaintext) => serde_json::from_slice(&plaintext).map(Some).map_err(|_| StoreError::Unavailable),
            Err(StoreError::DoesNotOpen) => Ok(None),
            Err(other) => Err(other),
        }
    }
}
